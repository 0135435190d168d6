"""Faceless avatars, gone people, a Slack that fails: the person is told, and the bot lives on."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot import words
from bot.app import build_app
from bot.background import Background
from bot.errors import ServerFailed, SettingsRefused, SlackUnreachable, TokenRefused
from bot.playground import BOT_TOKEN, SIGNING_SECRET, Message, Playground
from bot.serve import serve_http, wsgi_app
from bot.settings import Settings
from pipeline.errors import DatabaseUnavailable
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from pipeline.types import EventKey
from tests.acceptance import portraits
from tests.acceptance.world import World, world


def settings(slack: Playground | None = None, **values: str) -> Settings:
    given = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": slack.api_url if slack else "http://127.0.0.1:9/api/",
    }
    return Settings(_env_file=None, **(given | values))  # type: ignore[call-arg, arg-type]  # pydantic-settings' own


def open_source(uri: str) -> FolderSource:
    return FolderSource(Path(uri))


# Whom one cannot look for


@pytest.mark.parametrize(
    ("person", "answer"),
    [
        ({"avatar": portraits.jpeg(portraits.scenery())}, "I see no face in the profile picture"),
        ({"has_picture": False}, "has no profile picture"),
        ({"avatar": b"no picture at all"}, "could not load"),
        ({"deleted": True}, "has left this workspace"),
        ({"bot": True}, "is a bot"),
    ],
)
def test_people_whom_one_cannot_look_for(findme: World, person: dict[str, object], answer: str) -> None:
    findme.slack.add_user("somebody", **person)  # type: ignore[arg-type]
    findme.find("@somebody")
    told = findme.told(answer).text
    assert "mention me with" in told or "Mention a person" in told
    findme.settle()
    assert findme.posted() == []


def test_ones_own_faceless_picture_is_told_with_what_to_do(findme: World) -> None:
    findme.slack.set_avatar(findme.eileen, portraits.jpeg(portraits.scenery()))
    findme.find()
    assert "Set a profile picture" in findme.told("I see no face in your profile picture").text


def test_somebody_whom_slack_does_not_know(findme: World) -> None:
    findme.find("<@U0NOBODY>")
    findme.told("Slack knows nobody")


def test_the_largest_of_several_faces_is_used_and_said(findme: World) -> None:
    findme.slack.add_user("couple", avatar=portraits.jpeg(portraits.together()))
    findme.find("@couple")
    parent = findme.parent(findme.crabs)
    assert "in 4 photos" in parent.text
    assert "shows 2 faces" in parent.text


def test_nobody_like_that_in_the_event(indexed: PhotoFinder, tmp_path: Path) -> None:
    (tmp_path / "grace.jpg").write_bytes(portraits.jpeg(portraits.grace()))
    event = indexed.index(FolderSource(tmp_path), EventKey("graces")).event
    with world(indexed) as findme:
        findme.find("in graces")
        told = findme.told("I found no photo of you").text
        assert "1 photo of *graces*" in told
        assert "What you can try" in told
    indexed.forget_event(indexed.event(event))


def test_photos_that_have_gone_are_left_out_and_said(indexed: PhotoFinder, tmp_path: Path) -> None:
    for name, angle in (("kept.jpg", 0), ("lost.jpg", 8)):
        picture = portraits.grace().rotate(angle, fillcolor="grey")
        (tmp_path / name).write_bytes(portraits.jpeg(picture))
    indexed.index(FolderSource(tmp_path), EventKey("leaky"))
    (tmp_path / "lost.jpg").unlink()
    with world(indexed) as findme:
        findme.find("@grace in leaky")
        parent = findme.parent(findme.crabs)
        assert "left out `lost.jpg`" in parent.text
        assert [name for name, _, _ in findme.images(findme.crabs, parent.ts)] == ["kept.jpg"]
        (tmp_path / "kept.jpg").unlink()
        findme.find("@grace in leaky")
        findme.told("none of them is where")
    indexed.forget_event(indexed.event("leaky"))


# A Slack that fails


def test_rate_limits_are_waited_out(findme: World) -> None:
    findme.slack.refuse("users.info", "ratelimited", retry_after=1)
    findme.slack.refuse("upload", "ratelimited", retry_after=1)
    findme.slack.refuse("chat.postMessage", "ratelimited", retry_after=1)
    findme.find("@grace")
    assert len(findme.images(findme.crabs, findme.parent(findme.crabs).ts)) == 4


def test_a_channel_that_takes_one_message_a_second_serves_all_who_ask_at_once(findme: World) -> None:
    findme.slack.pacing.seconds = 1.0
    for _ in range(6):
        findme.find("@grace")
    parents = findme.slack.wait_for(lambda: _six_parents(findme))
    for parent in parents:
        assert len(findme.images(findme.crabs, parent.ts)) == 4


def _six_parents(findme: World) -> list[Message] | None:
    messages = findme.slack.messages(findme.crabs)
    found = [message for message in messages if message.text.startswith("Found")]
    return found if len(found) == 6 else None


def test_single_errors_of_slack_are_got_over(findme: World) -> None:
    for method in ("users.info", "files.getUploadURLExternal", "upload", "avatar", "files.info"):
        findme.slack.fail(method, "http_500")
    findme.find("@grace")
    assert len(findme.images(findme.crabs, findme.parent(findme.crabs).ts)) == 4


@pytest.mark.parametrize("how", ["http_500", "drop"])
def test_lasting_trouble_is_told_logged_and_survived(
    findme: World, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    findme.slack.fail("users.info", how, times=None)  # type: ignore[arg-type]
    findme.find("@grace")
    findme.told("Slack did not answer me")
    assert [record for record in caplog.records if record.name == "bot.background"]
    findme.slack.mend()
    findme.find("@grace")
    findme.parent(findme.crabs)


def test_a_slack_that_hangs(findme: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findme.bot.app.client, "timeout", 1)
    findme.slack.fail("users.info", "hang", times=1, seconds=60)
    findme.find("@grace")
    findme.told("Slack did not answer me")


def test_uploads_that_slack_does_not_take_are_explained_in_the_thread(findme: World) -> None:
    findme.slack.refuse("files.getUploadURLExternal", "file_uploads_disabled", times=None)
    findme.find("@grace")
    parent = findme.parent(findme.crabs)
    reply = findme.replied(findme.crabs, parent.ts, "could not upload")
    assert "switched off" in reply.text
    assert "grace-1.jpg" in reply.text


def test_a_missing_scope_is_told(findme: World) -> None:
    findme.slack.revoke("users:read")
    findme.find("@grace")
    findme.told("I lack a permission")


def test_without_a_response_url_people_are_told_otherwise(findme: World) -> None:
    findme.slack.refuse("response_url", "expired", times=None)
    findme.find("<@U0NOBODY>")
    findme.told("Slack knows nobody")  # by chat.postEphemeral


def test_a_share_that_alt_text_makes_fail_is_repeated_without(
    findme: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.replies.uploads.PAUSES", (0.0, 0.2, 0.2))
    findme.slack.uploads.drop_alt_text = True
    findme.find("@grace")
    images = findme.images(findme.crabs, findme.parent(findme.crabs).ts)
    assert len(images) == len({name for name, _, _ in images}) == 4
    assert len(findme.slack.calls("files.delete")) == 4


def test_an_error_nobody_foresaw_is_told_without_its_words(
    findme: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("secret of the house")

    monkeypatch.setattr(PhotoFinder, "find", fail)
    findme.find("@grace")
    assert "secret" not in findme.told("went wrong on my side").text
    assert "secret of the house" in caplog.text


def test_a_full_queue_is_told_politely(findme: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Background, "busy", property(lambda _: True))
    assert findme.find("@grace").ok
    findme.told("hands full")


# Pictures and the token


def test_the_token_never_leaves_slack(findme: World) -> None:
    findme.slack.mention(findme.grace, findme.crabs, "", [("me.jpg", portraits.jpeg(portraits.grace()))])
    findme.find("@eileen")
    findme.slack.wait_for(lambda: len(findme.slack.calls("files.completeUploadExternal")) == 2)
    assert findme.slack.cdn_requests
    for request in findme.slack.cdn_requests:
        assert "authorization" not in request.headers
        assert BOT_TOKEN not in str(request)
    downloads = [r for r in findme.slack.requests if r.path.startswith("/files-pri")]
    assert downloads
    assert all(request.headers["authorization"] == f"Bearer {BOT_TOKEN}" for request in downloads)


def test_slacks_login_page_is_no_photo(findme: World) -> None:
    findme.slack.revoke("files:read")
    sent = findme.slack.mention(
        findme.grace, findme.crabs, "", [("me.jpg", portraits.jpeg(portraits.grace()))]
    )
    assert "files:read" in findme.replied(findme.crabs, sent.ts, "no picture").text


def test_an_avatar_that_has_not_changed_is_not_embedded_again(
    findme: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    findme.find("@grace in crab-week")
    findme.parent(findme.crabs)
    from pipeline.recognizers import Recognizer

    def never(*_: object) -> None:
        raise AssertionError("the avatar was embedded again")

    monkeypatch.setattr(Recognizer, "probe", never)
    findme.find("@grace in crab-week")
    findme.slack.wait_for(lambda: len(findme.slack.messages(findme.crabs)) == 2)


# Starting


def test_a_wrong_token_is_one_sentence(indexed: PhotoFinder) -> None:
    with Playground() as slack, pytest.raises(TokenRefused, match="invalid_auth"):
        build_app(settings(slack, SLACK_BOT_TOKEN="xoxb-wrong"), indexed, open_source=open_source)


def test_a_slack_that_is_not_there_is_one_sentence(indexed: PhotoFinder) -> None:
    with pytest.raises(SlackUnreachable, match="SLACK_API_URL"):
        build_app(settings(), indexed, open_source=open_source)


def test_a_slack_that_fails_at_start_is_no_wrong_token(indexed: PhotoFinder) -> None:
    with Playground() as slack:
        slack.fail("auth.test", "http_500", times=None)
        with pytest.raises(SlackUnreachable):
            build_app(settings(slack), indexed, open_source=open_source)


def test_oauth_variables_change_nothing(indexed: PhotoFinder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "secret")
    with world(indexed) as findme:
        findme.find("@grace")
        findme.parent(findme.crabs)


def test_http_needs_a_signing_secret(indexed: PhotoFinder) -> None:
    with Playground() as slack:
        bot = build_app(settings(slack, SLACK_SIGNING_SECRET=""), indexed, open_source=open_source)
        with pytest.raises(SettingsRefused, match="SLACK_SIGNING_SECRET"):
            wsgi_app(bot)
        bot.close()


def test_a_taken_port_is_one_sentence(findme: World, indexed: PhotoFinder) -> None:
    bot = build_app(settings(findme.slack), indexed, open_source=open_source)
    taken = int(findme.slack.url.rsplit(":", 1)[1])
    with pytest.raises(ServerFailed, match=f"Port {taken}"):
        serve_http(bot, taken)


def test_requests_that_slack_did_not_sign_are_refused(findme: World) -> None:
    web = wsgi_app(findme.bot).test_client()
    answer = web.post("/slack/events", data={"command": "/findme", "user_id": "U1", "channel_id": "C1"})
    assert answer.status_code == 401
    findme.settle()
    assert findme.posted() == []


def test_health_follows_the_database(findme: World, caplog: pytest.LogCaptureFixture) -> None:
    from dataclasses import replace

    assert wsgi_app(findme.bot).test_client().get("/healthz").json == {"ok": True, "database": "answers"}

    def gone() -> None:
        raise DatabaseUnavailable("PostgreSQL does not answer.")

    with caplog.at_level(logging.CRITICAL):
        sick = wsgi_app(replace(findme.bot, check_database=gone)).test_client().get("/healthz")
    assert sick.status_code == 503
    assert sick.json == {"ok": False, "database": "does not answer"}


def test_jobs_that_wait_at_the_end_are_answered() -> None:
    background = Background(threads=1)
    told: list[str] = []
    background.submit(lambda: background._closing.wait(10), told.append)  # type: ignore[arg-type, return-value]
    background.submit(lambda: None, told.append)
    background.close()
    background.submit(lambda: None, told.append)
    assert told == [words.RESTARTING, words.RESTARTING]
