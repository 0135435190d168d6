"""How long people wait: `python -m benchmarks.latency [FACES]` (default: 100000).

An event of the sample's photos is indexed for real, and as many made faces as FACES says are put beside
theirs (see benchmarks.vectors), so that every search compares them all. `findme serve` runs in a process of
its own, with its worker, against the playground in this one. Then 1, 10 and 50 people type /findme at once,
each in a channel of their own, several rounds of each: new people every time, whose avatars the bot has never
seen, and then the same people again, whose faces it remembers. Measured are the acknowledgement, and the time
from the signed request to the moment when the last image of the reply is to be seen. The playground shows
images at once (`share_seconds=0`): how long Slack takes is Slack's.

Prints a table, and draws the histogram to docs/images/latency.png.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.gallery import add_faces
from benchmarks.vectors import Humanity
from bot.demo import photos as sample
from bot.playground import BOT_TOKEN, SIGNING_SECRET, Channel, Person, Playground
from bot.settings import load_settings
from bot.wiring import open_finder, open_store
from pipeline.sources.folder import FolderSource
from pipeline.types import EventKey

AT_ONCE = {1: 20, 10: 5, 50: 2}  # how many people ask at once: how many rounds of it
NEW, AGAIN = "never seen", "again"
EVENT = "crab-week"
RESULTS = 10
PLOT = Path("docs/images/latency.png")
PATIENCE = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class Waits:
    """What the people of some rounds waited for, in seconds."""

    acknowledged: list[float]
    answered: list[float]  # until the last image was there


@dataclass(frozen=True, slots=True)
class RunningBot:
    """`findme serve` in a process of its own."""

    pid: int
    started: float  # seconds until it listened

    def processor_seconds(self) -> float:
        """Processor time of all its threads so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Workspace:
    """The playground, whose people each sit in a channel of their own."""

    slack: Playground
    pictures: list[bytes]
    seats: list[tuple[Person, Channel]] = field(default_factory=list)

    def more(self, people: int) -> list[tuple[Person, Channel]]:
        """So many new people."""
        for number in range(len(self.seats), len(self.seats) + people):
            avatar = self.pictures[number % len(self.pictures)]
            person = self.slack.add_user(f"guest{number}", avatar=avatar)
            self.seats.append((person, self.slack.add_channel(f"table{number}", members=[person])))
        return self.seats[-people:]


def run(faces: int) -> None:
    """Measures, prints and draws."""
    with tempfile.TemporaryDirectory(prefix="findme-bench-") as folder:
        event = sample.build(Path(folder) / "event")
        settings = {"FINDME_DATA_DIR": str(Path(folder) / "data"), "FINDME_RESULTS": str(RESULTS)}
        os.environ |= settings
        _fill(event.photos, faces)
        with _workspace(event.avatars) as workspace, _bot(workspace.slack, settings) as bot:
            first = _round(workspace, workspace.more(1))
            print(
                f"The bot listened {bot.started:.1f} s after its start; the first answer took "
                f"{first.answered[0]:.2f} s."
            )
            waits: dict[tuple[int, str], Waits] = {}
            for asked in (NEW, AGAIN):
                before = bot.processor_seconds()
                found = {people: _rounds(workspace, people, asked) for people in AT_ONCE}
                searches = sum(len(wait.answered) for wait in found.values())
                waits |= {(people, asked): wait for people, wait in found.items()}
                spent = (bot.processor_seconds() - before) / searches
                print(f"A search by an avatar {asked} takes {spent:.3f} s of the bot's processor time.")
    _print(waits, faces)
    _draw(waits, PLOT)


def _fill(photos: Path, faces: int) -> None:
    """The event: real photos, and made faces beside theirs."""
    settings = load_settings()
    with open_finder(settings) as finder, open_store(settings) as store:
        finder.index(FolderSource(photos), EventKey(EVENT))
        event = finder.event(EVENT)
        _, crowd = Humanity().crowd(faces)
        with store.transaction() as connection:
            add_faces(connection, event, crowd)
        with store.transaction() as connection:
            connection.execute("ANALYZE")


@contextmanager
def _workspace(avatars: Mapping[str, Path]) -> Iterator[Workspace]:
    with Playground(share_seconds=0) as slack:
        yield Workspace(slack, [file.read_bytes() for file in avatars.values()])


@contextmanager
def _bot(slack: Playground, settings: Mapping[str, str]) -> Iterator[RunningBot]:
    """The bot, with its worker."""
    environment = (
        os.environ
        | settings
        | {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": slack.api_url,
        }
    )
    started = time.monotonic()
    command = [str(Path(sys.executable).with_name("findme")), "serve", "--http", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            address = next(re.search(r"http://[\d.:]+\d", line) for line in process.stderr if "http" in line)
            seconds = time.monotonic() - started
            assert address is not None
            slack.connect(f"{address[0]}/slack/events")
            time.sleep(5)  # its worker loads its models in the meantime
            yield RunningBot(process.pid, seconds)
        finally:
            process.terminate()
            process.stderr.read()


def _rounds(workspace: Workspace, people: int, asked: str) -> Waits:
    """As many rounds as AT_ONCE says: of new people, or of some who have asked before."""
    waits = []
    for number in range(AT_ONCE[people]):
        there = workspace.seats[number * people : (number + 1) * people]
        waits.append(_round(workspace, workspace.more(people) if asked == NEW else there))
    return Waits(
        [seconds for wait in waits for seconds in wait.acknowledged],
        [seconds for wait in waits for seconds in wait.answered],
    )


def _round(workspace: Workspace, seats: Sequence[tuple[Person, Channel]]) -> Waits:
    """These people at once, until the last one has their images."""
    with ThreadPoolExecutor(len(seats)) as pool:
        waits = list(pool.map(lambda seat: _ask(workspace.slack, *seat), seats))
    return Waits([wait[0] for wait in waits], [wait[1] for wait in waits])


def _ask(slack: Playground, person: Person, channel: Channel) -> tuple[float, float]:
    """One person types /findme: seconds to the acknowledgement, and to the last image."""
    before = _images(slack, channel)
    started = time.monotonic()
    ack = slack.command("/findme", user=person, channel=channel)
    acknowledged = time.monotonic() - started
    assert ack.ok, ack
    slack.wait_for(lambda: _images(slack, channel) >= before + RESULTS, timeout=PATIENCE)
    return acknowledged, time.monotonic() - started


def _images(slack: Playground, channel: Channel) -> int:
    return sum(len(message.files) for message in slack.workspace.messages(channel.id))


def _print(waits: Mapping[tuple[int, str], Waits], faces: int) -> None:
    table = Table(title=f"/findme in an event of {faces:,} faces, {RESULTS} images a reply; seconds")
    for column in ("at once", "avatars", "searches", "median", "95 %", "slowest", "slowest acknowledgement"):
        table.add_column(column, justify="right")
    for (people, asked), wait in waits.items():
        table.add_row(
            str(people),
            asked,
            str(len(wait.answered)),
            f"{np.median(wait.answered):.2f}",
            f"{np.percentile(wait.answered, 95):.2f}",
            f"{max(wait.answered):.2f}",
            f"{max(wait.acknowledged):.3f}",
        )
    Console().print(table)


def _draw(waits: Mapping[tuple[int, str], Waits], target: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        len(waits), 1, figsize=(7, 2 * len(waits)), sharex=False, layout="constrained"
    )
    for axis, ((people, asked), wait) in zip(axes, waits.items(), strict=True):
        axis.hist(wait.answered, bins=20, color="#4a7ab5")
        axis.axvline(float(np.median(wait.answered)), color="black", linewidth=1)
        axis.set_ylabel(f"{people} at once\n{asked}")
        axis.set_xlim(left=0)
    axes[-1].set_xlabel("seconds from the signed request to the last image (line: median)")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=110)
    print(f"Histogram: {target}")


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
