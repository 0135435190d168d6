"""/index-event with a Slack channel: who may, what counts, what Slack keeps back."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image as Pillow

from bot.settings import Settings
from bot.wiring import source_opener
from pipeline.errors import SourceUnreachable
from pipeline.finder import PhotoFinder
from tests.acceptance.slack_sources.sharing import TEAM_URI, indexed, share, submit_form
from tests.acceptance.world import CRABS, World
from tests.fakes.recognizer import BLUE, GREEN, RED, picture


def test_a_channel_is_indexed_from_anywhere_and_its_members_find_people(
    findme: World, finder: PhotoFinder
) -> None:
    ts = share(
        findme, ("one.png", picture(RED)), ("two.png", picture(GREEN, seed=1)), ("notes.txt", b"no photo")
    )
    share(findme, ("three.png", picture(RED, BLUE, seed=2)), thread=ts)
    share(findme, ("broken.jpg", b"\xff\xd8\xff no more"))
    findme.index("week #crabs", channel=findme.town)
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
    findme.index("week #crabs")
    findme.parent(findme.crabs, "1 there already")
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
    findme.index("week #crabs")
    report = findme.parent(findme.crabs, "week")
    findme.slack.wait_for(lambda: "no picture" in str(findme.slack.messages(findme.crabs)))
    assert report.user == findme.slack.bot.id
    assert finder.events()[0].photos == 0


@pytest.mark.parametrize("typed", ["#elsewhere", "#nowhere", "<#C0NOWHERE|nowhere>"])
def test_a_channel_that_the_bot_is_not_in(findme: World, finder: PhotoFinder, typed: str) -> None:
    findme.slack.add_channel("elsewhere", members=[findme.eileen], bot_is_member=False)
    findme.index(f"week {typed}")
    findme.told("I can't read that channel")
    findme.told("/invite")
    assert finder.events() == []


def test_only_members_index_a_channel(findme: World, finder: PhotoFinder) -> None:
    findme.slack.add_channel("secret", kind="private", members=[findme.grace], id="C0SECRET")
    findme.slack.add_channel("open", members=[findme.grace], id="C0OPEN")
    for typed in ("#secret", "<#C0SECRET|secret>"):
        findme.index(f"week {typed}")
        findme.told("I can't read that channel")
    findme.index("week #open")
    findme.told("Join it")
    findme.index(f"week {TEAM_URI}/C0SECRET")
    findme.told("slack://")
    assert finder.events() == []


def test_a_channel_chosen_in_the_form(findme: World, finder: PhotoFinder) -> None:
    share(findme, ("one.png", picture(RED)), ("two.png", picture(RED, GREEN, seed=1)))
    assert submit_form(findme, "channel", "channel", {"selected_conversation": CRABS}).body == ""
    assert "2 photos with 3 faces" in findme.parent(findme.crabs, "*crab-week* is ready").text
    (event,) = finder.events()
    assert (event.key.channel, event.source) == (CRABS, f"{TEAM_URI}/{CRABS}")
