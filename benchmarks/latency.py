"""How long people wait: `python -m benchmarks.latency [FACES]` (default: 100000).

An event of the sample's photos is indexed for real, and as many made faces as FACES says are put beside
theirs (see benchmarks.vectors), so that every search compares them all. `findme serve` runs in a process of
its own, with its worker, against the playground in this one. Then 1, 10 and 50 people type /findme at once,
each in a channel of their own, several rounds of each. Measured are the acknowledgement, and the time from
the signed request to the moment when the last image of the reply is to be seen. The playground shows images
at once (`share_seconds=0`): how long Slack takes is Slack's.

Prints a table, and draws the histogram to docs/images/latency.png.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
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
    """The playground with as many people as ever ask at once, each in a channel of their own."""

    slack: Playground
    seats: list[tuple[Person, Channel]]


def run(faces: int) -> None:
    """Measures, prints and draws."""
    with tempfile.TemporaryDirectory(prefix="findme-bench-") as folder:
        event = sample.build(Path(folder) / "event")
        settings = {"FINDME_DATA_DIR": str(Path(folder) / "data"), "FINDME_RESULTS": str(RESULTS)}
        os.environ |= settings
        _fill(event.photos, faces)
        with _workspace(event.avatars) as workspace, _bot(workspace.slack, settings) as bot:
            first = _round(workspace, 1)
            print(
                f"The bot listened {bot.started:.1f} s after its start; the first answer took "
                f"{first.answered[0]:.2f} s."
            )
            before = bot.processor_seconds()
            waits = {people: _rounds(workspace, people, rounds) for people, rounds in AT_ONCE.items()}
            spent = (bot.processor_seconds() - before) / sum(len(wait.answered) for wait in waits.values())
            print(
                f"A search takes {spent:.3f} s of processor time in the bot's process, the database's apart."
            )
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
        pictures = [file.read_bytes() for file in avatars.values()]
        seats = []
        for number in range(max(AT_ONCE)):
            person = slack.add_user(f"guest{number}", avatar=pictures[number % len(pictures)])
            seats.append((person, slack.add_channel(f"table{number}", members=[person])))
        yield Workspace(slack, seats)


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


def _rounds(workspace: Workspace, people: int, rounds: int) -> Waits:
    waits = [_round(workspace, people) for _ in range(rounds)]
    return Waits(
        [seconds for wait in waits for seconds in wait.acknowledged],
        [seconds for wait in waits for seconds in wait.answered],
    )


def _round(workspace: Workspace, people: int) -> Waits:
    """So many people at once, until the last one has their images."""
    with ThreadPoolExecutor(people) as pool:
        waits = list(pool.map(lambda seat: _ask(workspace.slack, *seat), workspace.seats[:people]))
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


def _print(waits: Mapping[int, Waits], faces: int) -> None:
    table = Table(title=f"/findme in an event of {faces:,} faces, {RESULTS} images a reply; seconds")
    for column in ("at once", "searches", "median", "95 %", "slowest", "slowest acknowledgement"):
        table.add_column(column, justify="right")
    for people, wait in waits.items():
        table.add_row(
            str(people),
            str(len(wait.answered)),
            f"{np.median(wait.answered):.2f}",
            f"{np.percentile(wait.answered, 95):.2f}",
            f"{max(wait.answered):.2f}",
            f"{max(wait.acknowledged):.3f}",
        )
    Console().print(table)


def _draw(waits: Mapping[int, Waits], target: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(len(waits), 1, figsize=(7, 6), sharex=False, layout="constrained")
    for axis, (people, wait) in zip(axes, waits.items(), strict=True):
        axis.hist(wait.answered, bins=20, color="#4a7ab5")
        axis.axvline(float(np.median(wait.answered)), color="black", linewidth=1)
        axis.set_ylabel(f"{people} at once")
        axis.set_xlim(left=0)
    axes[-1].set_xlabel("seconds from the signed request to the last image (line: median)")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=110)
    print(f"Histogram: {target}")


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
