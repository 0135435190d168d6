"""`findme demo` and `findme playground`: the whole path on a sample event, without Slack or a server."""

from __future__ import annotations

import fcntl
import shutil
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot import console, finding
from bot.demo import photos as sample
from bot.demo.stage import Stage, stage
from bot.playground.model import Message
from bot.settings import Settings
from bot.wiring import open_source
from pipeline.errors import FindMeError, NoFaceFound, UnreadablePhoto
from pipeline.types import EventKey, IndexReport

EVENT = "crab-week"
ANSWER_SECONDS = 60.0  # on a slow machine the first search is no quicker than this


@dataclass(frozen=True, slots=True)
class Cast:
    """Whose photos are looked for, where, and what would be right."""

    photos: Path
    avatars: Mapping[str, Path]  # the first asks, the last is looked for
    truth: Mapping[str, frozenset[str]] | None  # person → photo names; None for one's own photos

    @property
    def wanted(self) -> str:
        """The person who is looked for."""
        return list(self.avatars)[-1]


def run_demo(settings: Settings, photos: Path | None, avatar: Path | None) -> None:
    """Indexes, asks, prints the thread, writes the picture. Raises FindMeError when something is wrong."""
    folder = settings.data_dir / "demo"
    with _alone(folder):
        console.say("FindMe's demo: the whole path, for real, on this machine alone.\n")
        cast = _sample(folder) if photos is None or avatar is None else _own(photos, avatar)
        _perform(folder, cast)
    if cast.truth is None:
        return
    console.say(
        "\nThe sample has two people, each with one portrait in many settings: it shows the path, not how "
        "good the search is. For that, try your own photos: make demo PHOTOS=folder AVATAR=file\n"
        "Click through it yourself with `make playground`."
    )


def _perform(folder: Path, cast: Cast) -> None:
    made_of = "" if cast.truth is None else ", made on the spot from two public-domain portraits"
    console.say(f"1. The event's photos: {cast.photos}{made_of}")
    with stage(folder, cast.avatars) as scene:
        _try_avatar(scene, cast)
        _index(scene, cast)
        _ask(scene, cast)
        photo = cast.avatars[cast.wanted].read_bytes()
        found = finding.find_photos(scene.finder, [photo], EVENT, limit=None, threshold=None)
        thread = _wait_for_thread(scene, min(scene.results, len(found.matches)))
        _print_thread(scene, thread)
        _check(scene, thread, cast)
        sheet = folder / "sheet.jpg"
        finding.write_sheet(scene.finder, [photo], _as_shown(scene, thread, found), sheet)
    console.say(f"\n5. The picture of it: {sheet}")


def run_playground(settings: Settings, port: int) -> None:
    """Serves the page until Ctrl-C or SIGTERM, on the demo's sample event."""
    folder = settings.data_dir / "playground"
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with _alone(folder):
        cast = _sample(folder)
        with stage(folder, cast.avatars, roots=(cast.photos.parent,), port=port) as scene:
            _index(scene, cast)
            console.say(f"\nOpen {scene.slack.web_url} and type `/findme @{cast.wanted}`. Ctrl-C stops it.")
            ended.wait()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps a second one off the folder, since each starts by making its event anew."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "running").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FindMeError(
                f"Another one is running in {folder}: stop that first, or set FINDME_DATA_DIR."
            ) from None
        yield


def _sample(folder: Path) -> Cast:
    event = folder / "event"
    shutil.rmtree(event, ignore_errors=True)
    built = sample.build(event)
    return Cast(built.photos, built.avatars, built.truth)


def _own(photos: Path, avatar: Path) -> Cast:
    photos, avatar = photos.expanduser(), avatar.expanduser()
    if not photos.is_dir():
        raise FindMeError(f"{photos} is no folder: give --photos (make demo: PHOTOS) a folder with photos.")
    if not avatar.is_file():
        raise FindMeError(
            f"{avatar} is no file: give --avatar (make demo: AVATAR) a photo of the person to find."
        )
    return Cast(photos, {"me": avatar}, None)


def _try_avatar(scene: Stage, cast: Cast) -> None:
    """Says at once when there is nobody to look for, before the photos take their time."""
    avatar = cast.avatars[cast.wanted]
    try:
        scene.finder.probe(avatar.read_bytes())
    except (NoFaceFound, UnreadablePhoto) as error:
        raise FindMeError(f"{avatar} cannot be searched with: {error}") from None


def _index(scene: Stage, cast: Cast) -> IndexReport:
    for event in scene.finder.events():  # of an earlier demo, perhaps with other photos
        scene.finder.forget_event(event)
    with console.indexing_progress() as progress:
        report = scene.finder.index(open_source(str(cast.photos)), EventKey(EVENT), progress=progress)
    console.say(
        f"2. Indexed into event {EVENT}: {report.photos} photos, {report.faces} faces, "
        f"{len(report.failed)} failed, {report.seconds:.1f} s."
    )
    for failure in report.failed:
        console.say(f"   Not indexed: {failure.photo}: {failure.reason}")
    return report


def _ask(scene: Stage, cast: Cast) -> None:
    """Sends the signed command; the bot acknowledges at once and answers later."""
    asker = next(iter(cast.avatars))
    text = f"@{cast.wanted}"
    console.say(f"3. {asker} types in #{scene.channel.name}:  /findme {text}")
    ack = scene.slack.command("/findme", text, user=asker, channel=scene.channel)
    told = scene.slack.ephemerals(asker)
    said = f": {_spoken(scene, told[0].text)}" if told else ""
    console.say(f"   acknowledged with {ack.status} after {ack.seconds * 1000:.0f} ms{said}")


def _wait_for_thread(scene: Stage, images: int) -> list[Message]:
    """The parent and its replies, once so many images are visible."""

    def thread() -> list[Message]:
        parents = scene.slack.messages(scene.channel)
        found = scene.slack.thread(scene.channel, parents[-1].ts) if parents else []
        return found if len(scene.slack.images(*found)) >= images else []

    try:
        return scene.slack.wait_for(thread, ANSWER_SECONDS)
    except TimeoutError:
        last = [said.text for person in scene.people.values() for said in scene.slack.ephemerals(person)]
        raise FindMeError(
            f"The thread with {images} images did not come within {ANSWER_SECONDS:.0f} s. "
            f"The bot's last words: {last[-1] if last else 'none'}"
        ) from None


def _print_thread(scene: Stage, thread: list[Message]) -> None:
    console.say("4. The thread that came back:\n")
    for line in _spoken(scene, thread[0].text).splitlines():
        console.say(f"   {line}")
    for name, title, data in scene.slack.images(*thread[1:]):
        console.say(f"     └ {name}  {title}  ({len(data) // 1024} KiB)")


def _as_shown(scene: Stage, thread: list[Message], found: finding.Found) -> finding.Found:
    """The matches that the thread shows, in its order."""
    shown = [Path(name).stem for name, _, _ in scene.slack.images(*thread[1:])]
    ranks = {stem: rank for rank, stem in enumerate(shown)}
    matches = [match for match in found.matches if Path(match.photo).stem in ranks]
    return replace(found, matches=tuple(sorted(matches, key=lambda match: ranks[Path(match.photo).stem])))


def _spoken(scene: Stage, text: str) -> str:
    """The text with names instead of user ids, as Slack shows it."""
    for person in scene.people.values():
        text = text.replace(f"<@{person.id}>", f"@{person.name}")
    return text


def _check(scene: Stage, thread: list[Message], cast: Cast) -> None:
    """The sample's truth is known: every image must show the person who was looked for."""
    if cast.truth is None:
        return
    right = {Path(name).stem for name in cast.truth[cast.wanted]}  # what is posted is JPEG, whatever it was
    shown = [name for name, _, _ in scene.slack.images(*thread[1:])]
    wrong = [name for name in shown if Path(name).stem not in right]
    if wrong:
        raise FindMeError(f"These images do not show {cast.wanted}: {', '.join(wrong)}. Please report it.")
    console.say(
        f"\n   Checked: all {len(shown)} images show {cast.wanted}; {len(right)} photos of the event do."
    )
