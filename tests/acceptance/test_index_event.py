"""/index-event: who may, which folders, what is told, and what is found afterwards."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import Refused
from bot.reach import Reach, guarded, readable_source
from bot.wiring import open_source
from pipeline.finder import PhotoFinder
from pipeline.registry import Recognizers
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from tests.acceptance import portraits
from tests.acceptance.world import CRABS, World, world
from tests.fakes.gate import Gate
from tests.workers import wait_for


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder that may be read, with an event's photos in it, beside one that may not."""
    photos = tmp_path / "photos"
    (photos / "crab week").mkdir(parents=True)
    for number in range(2):
        (photos / "crab week" / f"g{number}.jpg").write_bytes(
            portraits.jpeg(portraits.grace().rotate(number * 3, fillcolor="grey"))
        )
    (photos / "crab week" / "broken.jpg").write_bytes(b"\xff\xd8\xff no more")
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "secret.jpg").write_bytes(portraits.jpeg(portraits.eileen()))
    (photos / "escape").symlink_to(tmp_path / "private")
    return photos


@pytest.fixture
def finder(store: Store, registry: Recognizers) -> PhotoFinder:
    """A finder without any event."""
    return PhotoFinder(store, registry, lambda uri: FolderSource(Path(uri)))


@pytest.fixture
def findme(finder: PhotoFinder, root: Path) -> Iterator[World]:
    """The bot, with one folder that it may read."""
    with world(finder, FINDME_PHOTO_ROOTS=str(root)) as place:
        yield place


def test_an_admin_indexes_a_folder_and_the_channel_finds_people(findme: World, finder: PhotoFinder) -> None:
    findme.index('"Crab Week" "crab week"')
    findme.told("Indexing *crab-week*")
    report = findme.parent(findme.crabs, "is ready")
    assert "2 photos with 2 faces" in report.text
    assert "`broken.jpg`" in report.text
    assert "/findme" in report.text
    assert len(findme.slack.messages(findme.crabs)) == 1  # one message, updated
    (event,) = finder.events()
    assert (event.key.slug, event.key.channel) == ("crab-week", CRABS)

    findme.find(user=findme.grace)
    findme.parent(findme.crabs, "you are in 2 photos of *crab-week*")

    findme.index('"Crab Week" "crab week"')  # again: nothing new, and said so
    findme.slack.wait_for(lambda: len(findme.slack.messages(findme.crabs)) == 3)
    findme.parent(findme.crabs, "2 there already")


def test_an_admin_indexes_a_zip_and_the_channel_finds_people(
    store: Store, registry: Recognizers, root: Path
) -> None:
    with zipfile.ZipFile(root / "crab week.zip", "w") as archive:
        archive.writestr("evening/g.jpg", portraits.jpeg(portraits.grace()))
        archive.writestr("../e.jpg", portraits.jpeg(portraits.eileen()))
    finder = PhotoFinder(store, registry, open_source)
    with world(finder, FINDME_PHOTO_ROOTS=str(root), open_source=open_source) as findme:
        findme.index('"Crab Week" "crab week.zip"')
        report = findme.parent(findme.crabs, "is ready")
        assert "1 photo with 1 face" in report.text
        assert "`../e.jpg`" in report.text
        findme.find(user=findme.grace)
        parent = findme.parent(findme.crabs, "you are in 1 photo of *crab-week*")
        assert len(findme.images(findme.crabs, parent.ts)) == 1


def test_progress_is_one_message_updated_every_few_seconds(
    findme: World, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.replies.progress.INTERVAL", 0.0)
    (root / "many").mkdir()
    for number in range(12):
        (root / "many" / f"{number}.jpg").write_bytes(
            portraits.jpeg(portraits.grace().rotate(number, fillcolor="grey"))
        )
    findme.index("many many")
    findme.parent(findme.crabs, "is ready")
    texts = [call["text"] for call in findme.slack.calls("chat.update")]
    assert "12 added" in texts[-1]
    assert len(findme.slack.calls("chat.postMessage")) == 1
    assert all(call["blocks"] for call in findme.slack.calls("chat.update"))


def test_only_admins(findme: World, finder: PhotoFinder) -> None:
    findme.index('"Crab Week" "crab week"', user=findme.grace)
    findme.told("Only admins", user=findme.grace)
    findme.settle()
    assert finder.events() == []
    assert findme.posted() == []


def test_when_slack_does_not_say_who_is_an_admin_the_answer_is_no(findme: World, finder: PhotoFinder) -> None:
    findme.slack.refuse("users.info", "internal_error", times=None)
    for line in ('"Crab Week" "crab week"', "status", "cancel gala", "rename gala ball", "delete gala"):
        findme.index(line)
        findme.told("Slack did not tell me whether you are an admin")
    assert finder.events() == []


def test_people_named_in_the_settings_are_admins(finder: PhotoFinder, root: Path) -> None:
    with world(finder, FINDME_PHOTO_ROOTS=str(root), FINDME_ADMINS="U0ORGANISER") as findme:
        organiser = findme.slack.add_user("organiser", id="U0ORGANISER")
        findme.index('"Crab Week" "crab week"', user=organiser)
        findme.parent(findme.crabs, "is ready")


def test_folders_outside_the_roots_are_refused_all_alike(
    findme: World, finder: PhotoFinder, root: Path
) -> None:
    outside = [str(root.parent / "private"), "../private", "escape", "/no/such/folder", "/etc"]
    for number, folder in enumerate(outside, start=1):
        findme.index(f'secret "{folder}"')
        findme.slack.wait_for(lambda wanted=number: len(_refusals(findme)) == wanted)
    assert len(set(_refusals(findme))) == 1
    findme.settle()
    assert finder.events() == []


def _refusals(findme: World) -> list[str]:
    told = findme.slack.ephemerals(findme.eileen)
    return [message.text for message in told if "not among those" in message.text]


def test_a_link_that_took_a_folders_place_meanwhile_is_not_followed(root: Path) -> None:
    folder = root / "crab week"
    opens = guarded(FolderSource, Reach((root,)))
    assert opens(str(folder)).uri == str(folder)
    folder.rename(root / "moved")
    folder.symlink_to(root.parent / "private")
    with pytest.raises(Refused):
        opens(str(folder))


def test_the_running_bot_opens_folders_only_so(
    findme: World, finder: PhotoFinder, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swapped(name: str, reach: Reach) -> str:
        folder = Path(readable_source(name, reach))
        folder.rename(root / "moved")
        folder.symlink_to(root.parent / "private")
        return str(folder)

    monkeypatch.setattr("bot.organiser.readable_source", swapped)
    findme.index('"Crab Week" "crab week"')
    findme.parent(findme.crabs, "not among those that I may read")
    assert finder.events() == []


def test_a_folder_that_is_not_there(findme: World) -> None:
    findme.index("gala <!channel>")
    assert "There is no folder or ZIP archive `&lt;!channel&gt;`" in findme.told("There is no folder").text


def test_without_roots_nothing_may_be_read(finder: PhotoFinder) -> None:
    with world(finder) as findme:
        findme.index("gala /tmp")
        findme.told("FINDME_PHOTO_ROOTS")


@pytest.mark.parametrize("text", ["help", "crab-week", "crab week photos", "!!! photos"])
def test_usage(findme: World, text: str) -> None:
    findme.index(text)
    findme.told("How to index an event")
    assert not findme.slack.calls("users.info")


def test_where_the_bot_cannot_post_it_reports_by_dm(findme: World) -> None:
    place = findme.slack.add_channel("elsewhere", members=[findme.eileen], bot_is_member=False)
    findme.index('"Crab Week" "crab week"', channel=place)
    started = findme.told("Indexing *crab-week*").text
    assert started.endswith(
        f"I report the progress in <#{place.id}>, or to you by DM if I may not post there."
    )
    findme.told("is sent to you by DM")
    report = findme.parent(findme.slack.dm_with_bot(findme.eileen), "is ready").text
    assert f"type `/findme` in <#{place.id}> to find yourself" in report


def test_a_name_that_is_taken_by_another_channel(findme: World) -> None:
    findme.index('"Crab Week" "crab week"')
    findme.parent(findme.crabs, "is ready")
    findme.index('"Crab Week" "crab week"', channel=findme.town)
    findme.told("taken or may not be used here")
    assert findme.slack.messages(findme.town) == []


def test_the_same_event_again_while_it_runs_and_the_next_in_line(finder: PhotoFinder, root: Path) -> None:
    gate = Gate(root / "crab week")
    with world(finder, FINDME_PHOTO_ROOTS=str(root), open_source=lambda _: gate) as findme:
        findme.index('first "crab week"')
        findme.told("Indexing *first*")
        findme.index('first "crab week"')
        findme.told("is being indexed already")
        findme.index('second "crab week"')
        findme.told("next in line")
        findme.index("status")
        assert "*second*" in findme.told("Being indexed").text
        gate.open.set()
        findme.parent(findme.crabs, "*first* is ready")
        findme.parent(findme.crabs, "*second* is ready")


def test_what_runs_or_waits_is_cancelled(finder: PhotoFinder, root: Path) -> None:
    gate = Gate(root / "crab week")
    with world(finder, FINDME_PHOTO_ROOTS=str(root), open_source=lambda _: gate) as findme:
        findme.index('first "crab week"')
        findme.told("Indexing *first*")
        findme.index('second "crab week"')
        findme.told("next in line")
        elsewhere = findme.slack.add_user("ada", admin=True)
        findme.index("cancel first", user=elsewhere, channel=findme.town)
        findme.told("Nothing called *first*", user=elsewhere)
        for name in ("first", "second"):
            findme.index(f"cancel {name}")
            findme.told(f"I stop indexing *{name}*")
        gate.open.set()
        for name in ("first", "second"):
            assert "cancelled" in findme.parent(findme.crabs, f"*{name}* is not complete").text


def test_stopping_the_bot_leaves_a_run_that_can_be_continued(finder: PhotoFinder, root: Path) -> None:
    gate = Gate(root / "crab week")
    with world(finder, FINDME_PHOTO_ROOTS=str(root), open_source=lambda _: gate) as findme:
        findme.index('first "crab week"')
        findme.parent(findme.crabs, "first")
        findme.index('second "crab week"')
        findme.told("next in line")
        closing = threading.Thread(target=findme.bot.close)
        closing.start()
        wait_for(lambda: any(job.stop.is_set() for job in findme.bot.indexer._jobs.values()))
        gate.open.set()
        closing.join()
        for name in ("*first* is not complete", "*second* is not complete"):
            assert "same command again" in findme.parent(findme.crabs, name).text
    with world(finder, FINDME_PHOTO_ROOTS=str(root)) as findme:
        findme.index('first "crab week"')
        findme.parent(findme.crabs, "2 photos with 2 faces")
