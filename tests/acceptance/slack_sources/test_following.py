"""A channel's event follows the channel: photos that come, go, or were missed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.finder import PhotoFinder
from pipeline.store import Store
from tests.acceptance.slack_sources.sharing import indexed, photos_of, share
from tests.acceptance.world import World
from tests.fakes.recognizer import BLUE, RED, picture
from tests.workers import wait_for


def test_new_photos_come_in_and_deleted_ones_go(findme: World, finder: PhotoFinder, tmp_path: Path) -> None:
    first = findme.slack.say(findme.grace, findme.crabs, "", files=[("one.png", picture(RED))])
    indexed(findme, finder)
    second = findme.slack.say(findme.grace, findme.crabs, "", files=[("two.png", picture(RED, seed=1))])
    photos_of(finder, 2)
    share(findme, ("three.png", picture(RED, seed=2)), ("four.png", picture(BLUE, seed=3)), thread=first.ts)
    photos_of(finder, 4)
    assert len(findme.slack.calls("conversations.history")) == 1  # the channel was listed once, at first
    assert len(list((tmp_path / "photos").rglob("previews/*"))) == 4

    findme.slack.delete(second.message)
    photos_of(finder, 3)
    (file,) = findme.slack.files(first.message)
    findme.slack.delete_file(file)
    photos_of(finder, 2)
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
    photos_of(finder, 2)


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
    photos_of(finder, 2)
    assert len(findme.slack.calls("conversations.history")[-2]["oldest"].partition(".")[0]) == 10


def test_replies_in_older_threads_that_came_while_the_bot_was_away_come_in_too(
    findme: World, finder: PhotoFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.following.MARGIN", timedelta(0))
    monkeypatch.setattr("bot.slack.channel_files.PAGE", 2)
    monkeypatch.setattr("bot.slack.channel_files.OLDER", 2)
    forgotten = share(findme, ("zero.png", picture(RED, seed=9)))
    for _ in range(3):
        findme.slack.say(findme.grace, findme.crabs, "a word")
    older = share(findme, ("one.png", picture(RED)))
    quiet = share(findme, ("two.png", picture(RED, seed=1)))
    share(findme, ("three.png", picture(RED, seed=2)), thread=quiet)
    indexed(findme, finder)
    subscribed, findme.slack.grants.events = findme.slack.grants.events, frozenset()
    share(findme, ("four.png", picture(RED, seed=3)), thread=older)
    share(findme, ("five.png", picture(RED, seed=4)))
    share(findme, ("missed.png", picture(RED, seed=5)), thread=forgotten)  # too long ago for a start
    findme.slack.grants.events = subscribed
    histories, threads = (len(findme.slack.calls(f"conversations.{what}")) for what in ("history", "replies"))
    findme.bot.follower.catch_up()
    photos_of(finder, 6)
    wait_for(lambda: findme.bot.follower.idle)
    assert finder.events()[0].photos == 6
    asked = findme.slack.calls("conversations.history")[histories:]
    assert len([call for call in asked if call.get("latest")]) == 2
    assert [call["ts"] for call in findme.slack.calls("conversations.replies")[threads:]] == [older]
    findme.index("week #crabs")
    photos_of(finder, 7)


def test_a_photo_that_another_message_still_shows_stays(findme: World, finder: PhotoFinder) -> None:
    first = findme.slack.say(findme.grace, findme.crabs, "", files=[("one.png", picture(RED))])
    share(findme, ("two.png", picture(RED, seed=1)))
    indexed(findme, finder)
    again = findme.slack.workspace.post(findme.crabs.id, findme.grace.id, "again", files=first.message.files)
    findme.slack.delete(again)
    findme.slack.wait_for(lambda: findme.slack.calls("files.info"))
    wait_for(lambda: findme.bot.follower.idle)
    assert finder.events()[0].photos == 2
    findme.slack.delete(first.message)
    photos_of(finder, 1)


def test_status_names_new_photos_that_could_not_be_indexed(findme: World, finder: PhotoFinder) -> None:
    share(findme, ("one.png", picture(RED)))
    indexed(findme, finder)
    broken = findme.slack.say(
        findme.grace, findme.crabs, "", files=[("broken.png", b"\x89PNG\r\n\x1a\n no more")]
    )
    share(findme, ("two.png", picture(RED, seed=1)))
    photos_of(finder, 2)
    findme.index("status")
    told = findme.told("*week*: complete, 2 photos with 2 faces, 1 failed").text
    assert "\n   `broken.png`: " in told
    findme.slack.delete(broken.message)
    wait_for(lambda: findme.bot.follower.idle)
    wait_for(lambda: finder.failed(finder.events(), 3) == {})
    findme.index("status")
    assert "failed" not in findme.told("*week*: complete, 2 photos").text


def test_photos_of_other_channels_change_nothing(findme: World, finder: PhotoFinder) -> None:
    share(findme, ("one.png", picture(RED)))
    indexed(findme, finder)
    findme.slack.say(findme.grace, findme.town, "", files=[("two.png", picture(RED, seed=1))])
    wait_for(lambda: findme.bot.follower.idle)
    assert finder.events()[0].photos == 1
