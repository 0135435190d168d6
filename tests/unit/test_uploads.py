"""Photos are shared once, whatever a Slack tells about shares."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, jsonify, redirect, request
from slack_sdk import WebClient

from bot.background import Background
from bot.errors import CannotPost, UploadFailed
from bot.playground.listening import Listener
from bot.replies.blocks import message
from bot.replies.threads import Answer, Messenger
from bot.replies.uploads import PhotoFile, Uploader
from bot.slack.conversation import Conversation

PHOTOS = [PhotoFile(f"{number}.jpg", str(number), "alt", b"\xff\xd8\xff") for number in range(3)]
NOTHING: dict[str, Any] = {"ok": True}

Answered = Callable[[dict[str, Any]], dict[str, Any]]


class Scripted:
    """A Slack that answers each method as told, {"ok": true} otherwise."""

    def __init__(self) -> None:
        self.answers: dict[str, Answered] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.puts: list[tuple[str, dict[str, str]]] = []
        self.refused: set[str] = set()  # files whose bytes are not taken
        self._files: set[str] = set()
        self.away = ""  # where uploads are sent on to
        app = Flask(__name__)
        app.add_url_rule("/api/<method>", view_func=self._call, methods=["POST"])
        app.add_url_rule("/upload/<file>", view_func=self._put, methods=["POST", "GET"])
        self._listener = Listener(app)
        self.url = f"http://127.0.0.1:{self._listener.port}"
        self.client = WebClient("xoxb-1", base_url=f"{self.url}/api/")

    def _call(self, method: str) -> Response:
        args = {**request.form, **(request.get_json(silent=True) or {})}
        self.calls.append((method, args))
        if method in self.answers:
            return jsonify(self.answers[method](args))
        if method == "files.getUploadURLExternal":
            file = self._file(args["filename"])
            return jsonify(ok=True, file_id=file, upload_url=f"{self.url}/upload/{file}")
        return jsonify(NOTHING)

    def _file(self, name: str) -> str:
        """F1 for 0.jpg and so on, in whatever order they come; another one when a photo comes again."""
        number = int(name.removesuffix(".jpg")) + 1
        while f"F{number}" in self._files:
            number += 100
        self._files.add(f"F{number}")
        return f"F{number}"

    def _put(self, file: str) -> Any:
        self.puts.append((file, dict(request.headers)))
        if self.away and file != "elsewhere":
            return redirect(self.away, 307)
        return Response("", 400) if file in self.refused else ""

    def of(self, method: str) -> list[dict[str, Any]]:
        return [args for name, args in self.calls if name == method]

    @property
    def shared(self) -> int:
        """How many files were completed."""
        return sum(args["files"].count('"id"') for args in self.of("files.completeUploadExternal"))

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def slack() -> Iterator[Scripted]:
    """A Slack to script."""
    server = Scripted()
    yield server
    server.close()


def send(slack: Scripted, photos: list[PhotoFile] = PHOTOS) -> list[str]:
    return Uploader(slack.client, sleep=lambda _: None).send("C1", "1.0", photos)


def refused(_: dict[str, Any]) -> dict[str, Any]:
    return {"ok": False, "error": "unknown_method"}


def unshared(_: dict[str, Any]) -> dict[str, Any]:
    return {"ok": True, "file": {"shares": {}}}


def thread_of(*files: str) -> Answered:
    messages = [{"ts": "1.0"}, {"ts": "1.1", "files": [{"id": file} for file in files]}]
    return lambda _: {"ok": True, "messages": messages}


@pytest.mark.parametrize("thread", [refused, lambda _: NOTHING, thread_of("F1", "F2", "F3")])
def test_an_empty_list_of_shares_that_never_changes_is_believed(slack: Scripted, thread: Answered) -> None:
    slack.answers = {"files.info": unshared, "conversations.replies": thread}
    assert send(slack) == []
    assert slack.shared == 3
    assert not slack.of("files.delete")


def test_what_the_thread_lacks_is_shared_again(slack: Scripted) -> None:
    slack.answers = {"files.info": unshared, "conversations.replies": thread_of("F1", "F3", "F102")}
    assert send(slack) == []
    assert [args["file"] for args in slack.of("files.delete")] == ["F2"]
    assert slack.shared == 4


@pytest.mark.parametrize(("shown", "taken"), [(("F1", "F2", "F3"), True), (("F1",), False)])
def test_an_answer_that_does_not_come_is_looked_for_in_the_thread(
    slack: Scripted, shown: tuple[str, ...], taken: bool
) -> None:
    late = threading.Event()

    def never(_: dict[str, Any]) -> dict[str, Any]:
        late.wait(10)
        return NOTHING

    slack.client.timeout = 1
    slack.answers = {
        "files.completeUploadExternal": never,
        "conversations.replies": thread_of(*shown),
        "files.info": unshared,
    }
    try:
        if taken:
            assert send(slack) == []
        else:
            with pytest.raises(TimeoutError):
                send(slack)
    finally:
        late.set()
    assert slack.shared == 3


def test_what_does_not_appear_the_second_time_either_is_named(slack: Scripted) -> None:
    slack.answers = {"files.info": unshared, "conversations.replies": thread_of("F1", "F3")}
    assert send(slack) == ["1.jpg"]
    assert slack.shared == 4


def test_what_could_not_be_deleted_is_not_shared_again(slack: Scripted) -> None:
    slack.answers = {
        "files.info": unshared,
        "conversations.replies": thread_of("F1"),
        "files.delete": refused,
    }
    send(slack)
    assert slack.shared == 3


def test_where_other_shares_are_seen_a_missing_one_is_lost(slack: Scripted) -> None:
    def info(args: dict[str, Any]) -> dict[str, Any]:
        shares = {} if args["file"] == "F2" else {"public": {"C1": [{"ts": "1.1"}]}}
        return {"ok": True, "file": {"shares": shares}}

    slack.answers = {"files.info": info, "conversations.replies": refused}
    send(slack)
    assert [args["file"] for args in slack.of("files.delete")] == ["F2"]
    assert slack.shared == 4


def test_one_upload_that_fails_does_not_take_the_others_with_it(slack: Scripted) -> None:
    slack.refused = {"F2"}
    assert send(slack) == ["1.jpg"]
    assert slack.shared == 2


def test_the_missing_photo_is_named_in_the_thread(slack: Scripted) -> None:
    slack.refused = {"F2"}
    slack.answers["chat.postMessage"] = lambda _: {"ok": True, "ts": "1.0"}
    messenger = Messenger(slack.client, Uploader(slack.client, sleep=lambda _: None))
    messenger.deliver(Conversation("T1", "C1", "U1"), Answer(message("Found"), PHOTOS))
    last = slack.of("chat.postMessage")[-1]
    assert "`1.jpg`" in last["text"]
    assert last["thread_ts"] == "1.0"


@pytest.mark.parametrize("slot", [{"ok": True}, {"ok": True, "file_id": "F1"}])
def test_when_none_is_taken_it_is_an_error(slack: Scripted, slot: dict[str, Any]) -> None:
    slack.answers["files.getUploadURLExternal"] = lambda _: slot
    with pytest.raises(UploadFailed):
        send(slack)
    assert slack.shared == 0


def test_uploads_go_nowhere_else_and_carry_no_credentials(
    slack: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    slack.away = f"{slack.url}/upload/elsewhere"
    with pytest.raises(UploadFailed):
        send(slack)
    assert slack.puts
    assert all(file != "elsewhere" and "Authorization" not in headers for file, headers in slack.puts)


def messenger_in(slack: Scripted) -> Messenger:
    return Messenger(slack.client, Uploader(slack.client))


@pytest.mark.parametrize("opened", [NOTHING, {"ok": True, "channel": {}}, {"ok": True, "channel": None}])
def test_a_slack_that_names_no_direct_conversation(slack: Scripted, opened: dict[str, Any]) -> None:
    slack.answers = {
        "conversations.open": lambda _: opened,
        "chat.postMessage": refused,
        "chat.postEphemeral": refused,
    }
    with pytest.raises(CannotPost):
        messenger_in(slack).open_direct("U1")
    messenger_in(slack).tell(Conversation("T1", "C1", "U1", thread="1.0"), "hello")


def test_telling_goes_on_after_an_error_that_nobody_foresaw(
    slack: Scripted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    messenger = messenger_in(slack)

    def fail(*_: object) -> None:
        raise KeyError("ts")

    monkeypatch.setattr(messenger, "_say_there", fail)
    messenger.tell(Conversation("T1", "C1", "U1", thread="1.0"), "hello")
    assert slack.of("chat.postEphemeral")
    assert any(record.exc_info for record in caplog.records)


def test_a_post_without_a_ts_is_still_followed_by_its_photos(slack: Scripted) -> None:
    messenger = Messenger(slack.client, Uploader(slack.client, sleep=lambda _: None))
    messenger.deliver(Conversation("T1", "C1", "U1"), Answer(message("Found"), PHOTOS))
    (completed,) = slack.of("files.completeUploadExternal")
    assert "thread_ts" not in completed


def test_a_person_who_cannot_be_told_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def tell(_: str) -> None:
        raise RuntimeError("no way")

    background = Background(threads=1)
    background.submit(lambda: 1 / 0, tell)  # type: ignore[arg-type]  # any failing job
    background.close()
    assert "no way" in caplog.text
    assert background.idle
