"""The same photos give the same event, wherever they lie: folder, ZIP, bucket, web, memory, Slack."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import fsspec
import psycopg
import pytest

from bot.playground import BOT_TOKEN, Playground
from bot.settings import Settings
from bot.wiring import open_source, source_opener
from pipeline.finder import PhotoFinder
from pipeline.ports import PhotoSource
from pipeline.store import Store
from pipeline.types import EventKey
from tests.databases import own_database
from tests.fakes import web_server
from tests.fakes.recognizer import BLUE, GREEN, RED, FakeRecognizers, picture

KEY = EventKey("crab-week")
PHOTOS = {
    "a.png": picture(RED),
    "b.PNG": picture(RED, GREEN, seed=1),
    "evening/c d.png": picture(BLUE, seed=2),
    "evening/Grüße.png": picture(RED, BLUE, seed=5),
    "twice.png": picture(RED),
    "empty.png": picture(seed=3),
    "broken.jpg": b"\xff\xd8\xff no more",
    "notes.txt": b"no photo",
    "__MACOSX/._a.png": b"rubbish",
}
LATER = {name: data for name, data in PHOTOS.items() if name != "b.PNG"} | {
    "a.png": picture(GREEN, seed=6),
    "new/d.png": picture(RED, seed=7),
}
KINDS = ("folder", "zip", "memory", "memory-zip", "s3", "s3-zip", "web", "slack")

Put = Callable[[dict[str, bytes]], str]


def rows(database_url: str) -> list[tuple[object, ...]]:
    """Everything that indexing wrote, but ids, times, and what differs by kind: address and fingerprints.

    Slack alone tells of what is gone, as of photos that cannot be read.
    """
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            """
            SELECT e.slug, f.name, f.size, f.reason, p.sha256, p.width, p.height, p.taken_at, p.faces,
                c.x, c.y, c.width, c.height, c.score, c.sharpness, c.landmarks, c.embedding::text,
                (SELECT count(*) FROM photos), (SELECT count(*) FROM faces)
            FROM events e JOIN files f ON f.event_id = e.id
            LEFT JOIN photos p ON p.id = f.photo_id LEFT JOIN faces c ON c.photo_id = p.id
            WHERE f.reason IS DISTINCT FROM 'It has been deleted from Slack.'
            """
        ).fetchall()
    return sorted(((row[0], plain(row[1]), *row[2:]) for row in found), key=lambda row: (row[1], row[9] or 0))


def plain(name: str) -> str:
    """A photo's name in its folder, also where it lies in a Slack channel, which has no folders."""
    return re.sub(r"^F[A-Z0-9]{9}/", "", name).replace("evening_", "evening/").replace("new_", "new/")


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground() as slack:
        slack.add_channel("party", members=[slack.add_user("ada")])
        yield slack


@pytest.fixture
def opener(slack: Playground, tmp_path: Path) -> Callable[[str], PhotoSource]:
    """Opens every kind of source, Slack's on this machine."""
    settings = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_API_URL": slack.api_url,
        "FINDME_DATA_DIR": tmp_path / "data",
    }
    return source_opener(Settings(_env_file=None, **settings))


@pytest.fixture
def put(request: pytest.FixtureRequest, tmp_path: Path, s3: Any, slack: Playground) -> Iterator[Put]:
    """Puts photos into a place of the kind, in place of those that were there; gives its address."""
    kind = request.param
    with ExitStack() as stack:
        web = stack.enter_context(web_server.serving(b""))

        def put(photos: dict[str, bytes]) -> str:
            files = {"party.zip": zipped(tmp_path / "made.zip", photos)} if kind.endswith("zip") else photos
            place, _, archive = kind.partition("-")
            if place == "zip":
                put_folder(tmp_path / "in", files)
                return str(tmp_path / "in" / "party.zip")
            if place == "folder":
                put_folder(tmp_path / "in", files)
                return str(tmp_path / "in")
            if place == "web":
                web.data = zipped(tmp_path / "made.zip", photos)
                return web.url
            if place == "slack":
                return put_slack(slack, files)
            if place == "s3":
                put_s3(s3, files)
            else:
                put_memory(files)
            return f"{place}://party/in" + ("/party.zip" if archive else "")

        yield put


def zipped(path: Path, photos: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in photos.items():
            archive.writestr(name, data)
    return path.read_bytes()


def put_folder(folder: Path, files: dict[str, bytes]) -> None:
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        path.unlink()
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def put_s3(s3: Any, files: dict[str, bytes]) -> None:
    for found in s3.list_objects_v2(Bucket="party").get("Contents", []):
        s3.delete_object(Bucket="party", Key=found["Key"])
    for name, data in files.items():
        s3.put_object(Bucket="party", Key=f"in/{name}", Body=data)


def put_slack(slack: Playground, files: dict[str, bytes]) -> str:
    """Shares what is new, half of it in a thread, and deletes what is no longer there."""
    channel = slack.channel("party")
    files = {name: data for name, data in files.items() if "__MACOSX" not in name}
    uploaded = {file.name: file for message in slack.messages(channel) for file in slack.files(message)}
    for message in slack.workspace.messages(channel.id):
        uploaded |= {file.name: file for file in slack.files(message)}
    for name, file in uploaded.items():
        if files.get(name) != file.data:
            slack.delete_file(file)
    new = [
        (name, data) for name, data in files.items() if name not in uploaded or uploaded[name].data != data
    ]
    start = slack.say("ada", channel, "here they are", files=new[::2])
    slack.say("ada", channel, "and more", files=new[1::2], thread_ts=start.ts)
    return f"slack://{slack.app.team_id}/{channel.id}"


def put_memory(files: dict[str, bytes]) -> None:
    memory = fsspec.filesystem("memory")
    if memory.exists("/party"):
        memory.rm("/party", recursive=True)
    for name, data in files.items():
        memory.pipe(f"/party/in/{name}", data)


@pytest.fixture
def expected(database_server: str, tmp_path: Path) -> list[list[tuple[object, ...]]]:
    """The rows that a folder gives, at first and later."""
    found = []
    with own_database(database_server) as url, Store.open(url) as store:
        finder = PhotoFinder(store, FakeRecognizers(), open_source, workers=2)
        for photos in (PHOTOS, LATER):
            put_folder(tmp_path / "expected", photos)
            finder.index(open_source(str(tmp_path / "expected")), KEY)
            found.append(rows(url))
    return found


@pytest.mark.parametrize("put", KINDS, indirect=True)
def test_the_same_photos_give_the_same_event(
    put: Put,
    opener: Callable[[str], PhotoSource],
    store: Store,
    database_url: str,
    expected: list[list[tuple[object, ...]]],
) -> None:
    finder = PhotoFinder(store, FakeRecognizers(), opener, workers=2)
    report = finder.index(opener(put(PHOTOS)), KEY)
    assert (report.photos, report.faces, report.added) == (5, 6, 5)
    assert [plain(failure.photo) for failure in report.failed] == ["broken.jpg"]
    assert rows(database_url) == expected[0]
    shows(finder, PHOTOS, ["a.png", "b.PNG", "evening/Grüße.png"])

    again = finder.index(opener(put(PHOTOS)), KEY)
    assert (again.added, again.removed, again.photos) == (0, 0, 5)
    assert rows(database_url) == expected[0]

    later = finder.index(opener(put(LATER)), KEY)
    assert (later.added, later.removed) == (2, 1)
    assert rows(database_url) == expected[1]
    shows(finder, LATER, ["evening/Grüße.png", "new/d.png", "twice.png"])


def shows(finder: PhotoFinder, photos: dict[str, bytes], names: list[str]) -> None:
    """A search finds these photos, and a reply can open each of them from the event's own address."""
    matches = finder.find(finder.probe(picture(RED, seed=99))).matches
    assert sorted(plain(match.photo) for match in matches) == names
    assert [finder.photo(match) for match in matches] == [photos[plain(match.photo)] for match in matches]


def test_what_an_archive_refuses_is_told_and_the_rest_is_indexed(
    store: Store, tmp_path: Path, database_url: str
) -> None:
    with zipfile.ZipFile(tmp_path / "party.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../outside.png", picture(RED))
        archive.writestr("bomb.png", bytes(30_000_000))
        archive.writestr("good.png", picture(RED, seed=1))
    source = open_source(str(tmp_path / "party.zip"))
    finder = PhotoFinder(store, FakeRecognizers(), open_source, workers=2)
    for _ in range(2):
        report = finder.index(source, KEY)
        assert report.photos == 1
        failed = {failure.photo: failure.reason for failure in report.failed}
        assert failed.keys() == {"../outside.png", "bomb.png"}
        assert "leads out" in failed["../outside.png"]
        assert "as no photo does" in failed["bomb.png"]
    with psycopg.connect(database_url) as connection:
        kept = connection.execute("SELECT name, reason FROM files WHERE photo_id IS NULL").fetchall()
    assert dict(kept) == failed


def test_an_archive_that_was_uploaded_to_slack_gives_the_same_event(
    slack: Playground,
    opener: Callable[[str], PhotoSource],
    store: Store,
    database_url: str,
    expected: list[list[tuple[object, ...]]],
    tmp_path: Path,
) -> None:
    said = slack.say(
        "ada", "party", "all of them", files=[("party.zip", zipped(tmp_path / "party.zip", PHOTOS))]
    )
    source = opener(f"slack://{slack.app.team_id}/{said.message.files[0]}")
    finder = PhotoFinder(store, FakeRecognizers(), opener, workers=2)
    for _ in range(2):
        finder.index(source, KEY)
        assert rows(database_url) == expected[0]
    shows(finder, PHOTOS, ["a.png", "b.PNG", "evening/Grüße.png"])
    assert len([one for one in slack.requests if one.path.startswith("/files-pri")]) == 1  # fetched once
