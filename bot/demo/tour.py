"""`findme demo` and `findme playground`: the whole path on a sample event, without Slack or a server."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot import console, finding
from bot.demo import photos as sample
from bot.demo.stage import Stage, stage
from bot.playground.model import Message
from bot.settings import Settings
from bot.wiring import open_source
from pipeline.errors import FindMeError
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
    cast = _sample(folder) if photos is None or avatar is None else _own(photos, avatar)
    console.say("FindMe's demo: the whole path, for real, on this machine alone.\n")
    console.say(f"1. The event's photos: {cast.photos}")
    with stage(folder, cast.avatars) as scene:
        _index(scene, cast)
        _ask(scene, cast)
        photo = cast.avatars[cast.wanted].read_bytes()
        found = finding.find_photos(scene.finder, photo, EVENT, limit=None, threshold=None)
        thread = _wait_for_thread(scene, min(scene.results, len(found.matches)))
        _print_thread(scene, thread)
        _check(scene, thread, cast)
        sheet = folder / "sheet.jpg"
        finding.write_sheet(scene.finder, photo, found, sheet)
    console.say(f"\n5. The picture of it: {sheet}")
    console.say("\nClick through it yourself with `make playground`.")


def run_playground(settings: Settings, port: int) -> None:
    """Serves the page until Ctrl-C, on the sample event of the demo."""
    folder = settings.data_dir / "demo"
    cast = _sample(folder)
    with stage(folder, cast.avatars, roots=(cast.photos.parent,), port=port) as scene:
        _index(scene, cast)
        console.say(f"\nOpen {scene.slack.web_url} and type `/findme @{cast.wanted}`. Ctrl-C stops it.")
        threading.Event().wait()


def _sample(folder: Path) -> Cast:
    event = folder / "event"
    shutil.rmtree(event, ignore_errors=True)
    built = sample.build(event)
    return Cast(built.photos, built.avatars, built.truth)


def _own(photos: Path, avatar: Path) -> Cast:
    if not avatar.is_file():
        raise FindMeError(
            f"{avatar} is no file: give --avatar (make demo: AVATAR) a photo of the person to find."
        )
    return Cast(photos, {"me": avatar}, None)


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
