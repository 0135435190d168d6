"""/index-event with a Slack channel, or an archive that was uploaded: who may, what counts, what follows."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image as Pillow

from bot.playground import BOT_TOKEN, Ack, Channel, Person, Playground
from bot.settings import Settings
from bot.wiring import keeper, source_opener
from pipeline.errors import SourceUnreachable
from pipeline.finder import PhotoFinder
from pipeline.store import Store
from pipeline.types import Event
from tests.acceptance.world import CRABS, World, world
from tests.fakes.recognizer import BLUE, GREEN, RED, FakeRecognizers, picture

TEAM_URI = "slack://T0PLAYGRND"


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground(share_seconds=0.05) as slack:
        yield slack


@pytest.fixture
def settings(slack: Playground, tmp_path: Path) -> Settings:
    values = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": slack.api_url, "FINDME_DATA_DIR": tmp_path}
    return Settings(_env_file=None, **values)


@pytest.fixture
def finder(store: Store, settings: Settings) -> PhotoFinder:
    """A finder as `findme serve` has it, with a photo store."""
    return PhotoFinder(store, FakeRecognizers(), source_opener(settings), workers=2, keeper=keeper(settings))


@pytest.fixture
def findme(
    finder: PhotoFinder, slack: Playground, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """Grace is red, Eileen green."""
    monkeypatch.setattr("bot.following.AGAIN_SECONDS", 0.2)
    data = str(settings.data_dir)
    with world(finder, slack, open_source=source_opener(settings), FINDME_DATA_DIR=data) as place:
        slack.set_avatar(place.grace, picture(RED, seed=100))
        slack.set_avatar(place.eileen, picture(GREEN, seed=101))
        yield place


def index(findme: World, text: str, *, user: Person | None = None, channel: Channel | None = None) -> Ack:
    return findme.slack.command(
        "/index-event", text, user=user or findme.eileen, channel=channel or findme.crabs
    )


def indexed(findme: World, finder: PhotoFinder, text: str = "week #crabs") -> Event:
    """Indexes #crabs, and waits until it is ready."""
    index(findme, text)
    findme.parent(findme.crabs, "is ready")
    (event,) = finder.events()
    return event


def share(findme: World, *photos: tuple[str, bytes], thread: str | None = None, text: str = "look") -> str:
    """Grace shares photos in #crabs; the message's ts."""
    return findme.slack.say(findme.grace, findme.crabs, text, files=photos, thread_ts=thread).ts


def photos_of(findme: World, finder: PhotoFinder, number: int) -> None:
    """Waits until the event has so many photos."""
    for _ in range(200):
        if finder.events()[0].photos == number:
            return
        findme.slack.workspace.wait_for(lambda: False, 0.1)
    raise AssertionError(f"{finder.events()[0].photos} photos, not {number}")


def test_a_channel_is_indexed_from_anywhere_and_its_members_find_people(
    findme: World, finder: PhotoFinder
) -> None:
    ts = share(
        findme, ("one.png", picture(RED)), ("two.png", picture(GREEN, seed=1)), ("notes.txt", b"no photo")
    )
    share(findme, ("three.png", picture(RED, BLUE, seed=2)), thread=ts)
    share(findme, ("broken.jpg", b"\xff\xd8\xff no more"))
    index(findme, "week #crabs", channel=findme.town)
    findme.told(f"I report the progress in <#{CRABS}>")
    report = findme.parent(findme.crabs, "is ready")
    assert "3 photos with 4 faces" in report.text
    assert "broken.jpg" in report.text
    (event,) = finder.events()
    assert (event.key.channel, event.source) == (CRABS, f"{TEAM_URI}/{CRABS}")

    findme.find(user=findme.grace)
    parent = findme.parent(findme.crabs, "you are in 2 photos of *week*")
    assert sorted(name for name, _, _ in findme.images(findme.crabs, parent.ts)) == ["one.jpg", "three.jpg"]


def test_what_the_bot_posted_and_what_people_searched_with_is_not_indexed(
    findme: World, finder: PhotoFinder
) -> None:
    share(findme, ("one.png", picture(RED)))
    indexed(findme, finder)
    findme.find(user=findme.grace)
    parent = findme.parent(findme.crabs, "you are in 1 photo")
    assert findme.images(findme.crabs, parent.ts)
    findme.slack.mention(findme.eileen, findme.crabs, "who is this?", [("selfie.png", picture(RED, seed=8))])
    findme.slack.wait_for(lambda: "the person in your photo" in str([m.text for m in findme.posted()]))
    index(findme, "week #crabs")
    findme.parent(findme.crabs, "1 there before")
    assert finder.events()[0].photos == 1


def test_new_photos_come_in_and_deleted_ones_go(findme: World, finder: PhotoFinder, tmp_path: Path) -> None:
    first = findme.slack.say(findme.grace, findme.crabs, "", files=[("one.png", picture(RED))])
    indexed(findme, finder)
    second = findme.slack.say(findme.grace, findme.crabs, "", files=[("two.png", picture(RED, seed=1))])
    photos_of(findme, finder, 2)
    share(findme, ("three.png", picture(RED, seed=2)), ("four.png", picture(BLUE, seed=3)), thread=first.ts)
    photos_of(findme, finder, 4)
    assert len(findme.slack.calls("conversations.history")) == 1  # the channel was listed once, at first
    assert len(list((tmp_path / "photos").rglob("previews/*"))) == 4

    findme.slack.delete(second.message)
    photos_of(findme, finder, 3)
    (file,) = findme.slack.files(first.message)
    findme.slack.delete_file(file)
    photos_of(findme, finder, 2)
    assert len(list((tmp_path / "photos").rglob("previews/*"))) == 2
    assert len(list((tmp_path / "photos").rglob("photos/*"))) == 2


def test_photos_that_come_while_the_event_is_being_indexed_wait_for_it(
    findme: World, finder: PhotoFinder, store: Store
) -> None:
    share(findme, ("one.png", picture(RED)))
    event = indexed(findme, finder)
    with store.exclusive(event.key):
        share(findme, ("two.png", picture(RED, seed=1)))
        findme.slack.workspace.wait_for(lambda: False, 0.5)
        assert finder.events()[0].photos == 1
    photos_of(findme, finder, 2)


def test_what_was_shared_while_the_bot_was_away_comes_in_at_its_start(
    findme: World, finder: PhotoFinder
) -> None:
    share(findme, ("one.png", picture(RED)))
    indexed(findme, finder)
    subscribed = findme.slack.grants.events
    findme.slack.grants.events = frozenset()
    share(findme, ("two.png", picture(RED, seed=1)))
    findme.slack.grants.events = subscribed
    findme.bot.follower.catch_up()
    photos_of(findme, finder, 2)
    assert len(findme.slack.calls("conversations.history")[-1]["oldest"].partition(".")[0]) == 10


def test_photos_of_other_channels_change_nothing(findme: World, finder: PhotoFinder) -> None:
    share(findme, ("one.png", picture(RED)))
    indexed(findme, finder)
    findme.slack.say(findme.grace, findme.town, "", files=[("two.png", picture(RED, seed=1))])
    for _ in range(100):
        if findme.bot.follower.idle:
            break
        findme.slack.workspace.wait_for(lambda: False, 0.05)
    assert finder.events()[0].photos == 1


def test_what_slack_does_not_hand_over_is_counted_with_its_reason(findme: World, finder: PhotoFinder) -> None:
    kinds = ("connect", "denied", "external", "hidden", "deleted", "good")
    for number, kind in enumerate(kinds):
        share(findme, (f"{kind}.png", picture(RED, seed=number)), text=kind)
    changes = {
        "connect": {"access": "check_file_info"},
        "denied": {"access": "check_file_info"},
        "external": {"mode": "external"},
        "hidden": {"mode": "hidden_by_limit"},
        "deleted": {"deleted": True},
    }
    for message in findme.slack.messages(findme.crabs):
        for file in findme.slack.files(message):
            findme.slack.workspace.save_file(replace(file, **changes.get(message.text, {})))
    denied = next(m for m in findme.slack.messages(findme.crabs) if m.text == "denied")
    (file,) = findme.slack.files(denied)
    findme.slack.workspace.save_file(replace(file, access="access_denied"))
    indexed(findme, finder)
    report = str([message.blocks for message in findme.slack.messages(findme.crabs)])
    assert finder.events()[0].photos == 2  # the good one, and the one that files.info tells of
    for reason in ("does not let FindMe open it", "outside Slack", "storage limit", "deleted from Slack"):
        assert reason in report


def test_a_large_channel_is_read_page_by_page_and_waits_when_slack_says_so(
    findme: World, finder: PhotoFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.channel_files.PAGE", 3)
    ts = [share(findme, (f"{number}.png", picture(RED, seed=number))) for number in range(8)]
    for number in range(8, 12):
        share(findme, (f"{number}.png", picture(RED, seed=number)), thread=ts[0])
    findme.slack.refuse("conversations.history", "ratelimited", times=5, retry_after=0)
    findme.slack.refuse("conversations.replies", "ratelimited", times=1, retry_after=1)
    assert indexed(findme, finder).photos == 12
    assert len([call for call in findme.slack.calls("conversations.history") if call.get("cursor")]) >= 2


def test_who_has_not_listed_the_channel_asks_for_many_addresses_at_once(
    findme: World, settings: Settings
) -> None:
    photos = {f"{number}.png": picture(RED, seed=number) for number in range(6)}
    share(findme, *photos.items())
    names = [entry.name for entry in source_opener(settings)(f"{TEAM_URI}/{CRABS}").entries()]
    worker = source_opener(settings)(f"{TEAM_URI}/{CRABS}")
    assert [worker.read(name) for name in names] == list(photos.values())
    assert len(findme.slack.calls("files.info")) == len(findme.slack.calls("files.list")) == 1
    with pytest.raises(SourceUnreachable, match="no name of a photo"):
        worker.read("../one.png")


@pytest.mark.parametrize("error", ["unknown_method", "missing_scope"])
def test_where_slack_gives_no_list_of_files_they_are_asked_for_one_by_one(
    findme: World, settings: Settings, error: str
) -> None:
    photos = {f"{number}.png": picture(RED, seed=number) for number in range(6)}
    share(findme, *photos.items())
    findme.slack.refuse("files.list", error, times=None)
    names = [entry.name for entry in source_opener(settings)(f"{TEAM_URI}/{CRABS}").entries()]
    worker = source_opener(settings)(f"{TEAM_URI}/{CRABS}")
    assert [worker.read(name) for name in names] == list(photos.values())
    assert len(findme.slack.calls("files.info")) == 6
    assert len(findme.slack.calls("files.list")) == 3


def test_a_channel_that_cannot_be_read_to_its_end_loses_nothing(
    findme: World, finder: PhotoFinder, settings: Settings
) -> None:
    share(findme, ("one.png", picture(RED)))
    indexed(findme, finder)
    findme.slack.leave(findme.slack.bot, findme.crabs)
    with pytest.raises(SourceUnreachable, match="FindMe is not in it"):
        finder.index(source_opener(settings)(f"{TEAM_URI}/{CRABS}"), finder.events()[0].key)
    assert finder.events()[0].photos == 1


def test_an_answer_is_shown_when_the_channel_is_out_of_reach(findme: World, finder: PhotoFinder) -> None:
    share(findme, ("one.png", picture(RED, size=(3000, 2000))))
    indexed(findme, finder)
    findme.slack.refuse("files.info", "file_not_found", times=None)
    findme.slack.refuse("download", "file_not_found", times=None)
    findme.find(user=findme.grace, channel=findme.slack.dm_with_bot(findme.grace))
    findme.slack.mend("files.info")
    dm = findme.slack.dm_with_bot(findme.grace)
    parent = findme.parent(dm, "you are in 1 photo")
    ((_, _, data),) = findme.images(dm, parent.ts)
    assert Pillow.open(io.BytesIO(data)).size == (2048, 1365)


def test_forgetting_the_event_erases_what_was_kept(
    findme: World, finder: PhotoFinder, tmp_path: Path
) -> None:
    share(findme, ("one.png", picture(RED)))
    event = indexed(findme, finder)
    assert len([path for path in (tmp_path / "photos").rglob("*/*/*") if path.is_file()]) == 2
    assert finder.forget_event(event).files == 2
    assert not list((tmp_path / "photos").glob("*/"))


def test_the_login_page_is_no_photo(findme: World, finder: PhotoFinder) -> None:
    share(findme, ("one.png", picture(RED)))
    findme.slack.revoke("files:read")
    index(findme, "week #crabs")
    report = findme.parent(findme.crabs, "week")
    findme.slack.wait_for(lambda: "no picture" in str(findme.slack.messages(findme.crabs)))
    assert report.user == findme.slack.bot.id
    assert finder.events()[0].photos == 0


@pytest.mark.parametrize("typed", ["#elsewhere", "#nowhere", "<#C0NOWHERE|nowhere>"])
def test_a_channel_that_the_bot_is_not_in(findme: World, finder: PhotoFinder, typed: str) -> None:
    findme.slack.add_channel("elsewhere", members=[findme.eileen], bot_is_member=False)
    index(findme, f"week {typed}")
    findme.told("I can't read that channel")
    findme.told("/invite")
    assert finder.events() == []


def test_only_members_index_a_channel(findme: World, finder: PhotoFinder) -> None:
    findme.slack.add_channel("secret", kind="private", members=[findme.grace], id="C0SECRET")
    findme.slack.add_channel("open", members=[findme.grace], id="C0OPEN")
    for number, typed in enumerate(("#secret", "<#C0SECRET|secret>"), start=1):
        index(findme, f"week {typed}")
        findme.slack.wait_for(lambda wanted=number: _told(findme, "I can't read that channel") == wanted)
    index(findme, "week #open")
    findme.told("Join it")
    index(findme, f"week {TEAM_URI}/C0SECRET")
    findme.slack.wait_for(lambda: _told(findme, "slack://") == 1)
    assert finder.events() == []


def _told(findme: World, words: str) -> int:
    return sum(words in message.text for message in findme.slack.ephemerals(findme.eileen))


def archive() -> tuple[str, bytes]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("evening/one.png", picture(RED))
        file.writestr("two.png", picture(RED, GREEN, seed=1))
        file.writestr("../three.png", picture(BLUE, seed=2))
    return "party.zip", out.getvalue()


def test_an_archive_attached_to_a_mention(findme: World, finder: PhotoFinder, tmp_path: Path) -> None:
    said = findme.slack.mention(findme.eileen, findme.crabs, "index Crab-Week", [archive()])
    report = findme.parent(findme.crabs, "*crab-week* is ready")
    assert "2 photos with 3 faces" in report.text
    (event,) = finder.events()
    assert (event.key.channel, event.source) == (CRABS, f"{TEAM_URI}/{said.message.files[0]}")
    assert not list((tmp_path / "uploads").glob("*.zip"))  # the event is complete: its photos are kept
    (file,) = findme.slack.files(said.message)
    findme.slack.delete_file(file)
    findme.find(user=findme.grace)
    parent = findme.parent(findme.crabs, "you are in 2 photos of *crab-week*")
    assert len(findme.images(findme.crabs, parent.ts)) == 2


def test_an_archive_by_its_link_or_its_id(findme: World, finder: PhotoFinder) -> None:
    said = findme.slack.say(findme.eileen, findme.crabs, "the photos", files=[archive()])
    (file,) = findme.slack.files(said.message)
    link = findme.slack.services.shapes.file(file)["permalink"]
    for number, typed in enumerate((link, f"<{link}>", f"<{link}|party.zip>", file.id), start=1):
        index(findme, f"week-{number} {typed}")
        findme.parent(findme.crabs, f"*week-{number}* is ready")
    assert [event.photos for event in finder.events()] == [2, 2, 2, 2]


def test_an_archive_of_a_channel_that_is_not_the_askers(findme: World, finder: PhotoFinder) -> None:
    secret = findme.slack.add_channel("secret", kind="private", members=[findme.grace])
    said = findme.slack.say(findme.grace, secret, "the photos", files=[archive()])
    index(findme, f"week {said.message.files[0]}")
    findme.told("I can't open that file")
    assert finder.events() == []


def test_who_uploads_an_archive_must_be_an_admin_and_name_the_event(
    findme: World, finder: PhotoFinder
) -> None:
    findme.slack.mention(findme.grace, findme.crabs, "index week", [archive()])
    findme.slack.wait_for(
        lambda: "Only admins" in str(findme.posted()) + str(findme.slack.ephemerals(findme.grace))
    )
    findme.slack.mention(findme.eileen, findme.crabs, "here you are", [archive()])
    findme.slack.wait_for(
        lambda: "index NAME" in str(findme.posted()) + str(findme.slack.ephemerals(findme.eileen))
    )
    assert finder.events() == []


def test_what_is_no_archive(findme: World, finder: PhotoFinder) -> None:
    said = findme.slack.say(findme.eileen, findme.crabs, "", files=[("one.png", picture(RED))])
    index(findme, f"week {said.message.files[0]}")
    findme.told("no ZIP archive")
    index(findme, "week F0NOWHERE1")
    findme.told("I can't open that file")
    assert finder.events() == []


def test_an_archive_that_is_too_large(
    findme: World, finder: PhotoFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.uploaded_archive.MOST_BYTES", 1000)
    findme.slack.mention(findme.eileen, findme.crabs, "index week", [archive()])
    findme.slack.wait_for(
        lambda: "Split it" in str(findme.posted()) + str(findme.slack.ephemerals(findme.eileen))
    )
    assert finder.events() == []


def test_fetching_an_archive_shows_how_far_it_is(
    findme: World, finder: PhotoFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.replies.fetching.INTERVAL", 0.0)
    findme.slack.mention(findme.eileen, findme.crabs, "index week", [archive()])
    findme.parent(findme.crabs, "*week* is ready")
    findme.parent(findme.crabs, "*party.zip* is here")
    assert finder.events()[0].photos == 2


def submit_form(findme: World, kind: str, field: str, value: dict[str, object]) -> Ack:
    """Eileen opens the form in #crabs, chooses the kind of source, and submits it."""
    index(findme, "")
    (view,) = findme.slack.wait_for(
        lambda: [view for view in findme.slack.modals(findme.eileen) if view.view.get("submit")]
    )
    findme.slack.click(findme.eileen, view, "index_kind", value=kind)
    (view,) = findme.slack.wait_for(
        lambda: [
            view
            for view in findme.slack.modals(findme.eileen)
            if view.view["blocks"][-1]["block_id"] == field
        ]
    )
    values = {"name": {"name": {"value": "Crab Week"}}, field: {field: value}}
    return findme.slack.submit(findme.eileen, view, values)


def test_a_channel_chosen_in_the_form(findme: World, finder: PhotoFinder) -> None:
    share(findme, ("one.png", picture(RED)), ("two.png", picture(RED, GREEN, seed=1)))
    assert submit_form(findme, "channel", "channel", {"selected_conversation": CRABS}).body == ""
    assert "2 photos with 3 faces" in findme.parent(findme.crabs, "*crab-week* is ready").text
    (event,) = finder.events()
    assert (event.key.channel, event.source) == (CRABS, f"{TEAM_URI}/{CRABS}")


def test_an_archive_uploaded_in_the_form(findme: World, finder: PhotoFinder) -> None:
    file = findme.slack.upload(findme.eileen, *archive())  # shared nowhere: it is in the form alone
    assert submit_form(findme, "upload", "zip", {"files": [{"id": file.id}]}).body == ""
    assert "2 photos with 3 faces" in findme.parent(findme.crabs, "*crab-week* is ready").text
    (event,) = finder.events()
    assert (event.key.channel, event.source) == (CRABS, f"{TEAM_URI}/{file.id}")
    ada = findme.slack.add_user("ada", admin=True)
    findme.slack.join(ada, findme.crabs)
    index(findme, f"week {file.id}", user=ada)
    findme.told("I can't open that file", user=ada)
    assert finder.events() == [event]


def test_a_file_in_the_form_that_cannot_be_indexed(findme: World, finder: PhotoFinder) -> None:
    photo = findme.slack.upload(findme.eileen, "one.png", picture(RED))
    submit_form(findme, "upload", "zip", {"files": [{"id": photo.id}]})
    findme.told("no ZIP archive")
    of_grace = findme.slack.upload(findme.grace, *archive())
    submit_form(findme, "upload", "zip", {"files": [{"id": of_grace.id}]})
    findme.told("I can't open that file")
    assert finder.events() == []
