"""`findme index`, `findme reindex`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from bot import console
from bot.cli.options import Json, RecognizerName
from bot.settings import load_settings
from bot.signals import stop_signals
from pipeline.errors import FindMeError

if TYPE_CHECKING:
    from pipeline.finder import PhotoFinder
    from pipeline.types import IndexReport


def index(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Folder, ZIP archive, or URL (s3://, gs://, sftp://, https://) with the photos.",
        ),
    ],
    event: Annotated[
        str, typer.Option("--event", metavar="SLUG", help="The event's name, such as crab-week.")
    ],
    recognizer: RecognizerName = None,
    json: Json = False,
) -> None:
    """Index photos into an event; running it again adds what is new and drops what is gone."""
    from bot.replies.failures import in_vain
    from bot.shapes import index_json
    from bot.wiring import open_source
    from pipeline.types import EventKey

    with _run() as (finder, progress, stop):
        report = finder.index(
            open_source(source), EventKey(event), recognizer=recognizer, progress=progress, stop=stop
        )
    if json:
        console.print_json(index_json(report))
    else:
        _say(report)
    if report.in_vain:
        raise FindMeError(in_vain(report))


def _say(report: IndexReport) -> None:
    for failure in report.failed:
        console.say(f"Not indexed: {failure.photo}: {failure.reason}")
    if report.in_vain:
        return
    console.say(
        f"{report.event} holds {_photos_and_faces(report)}: {report.added} added, "
        f"{report.skipped} there already, {report.removed} removed, {len(report.failed)} failed; "
        f"{report.seconds:.1f} s."
    )


def _photos_and_faces(report: IndexReport) -> str:
    from bot.words import count

    return f"{count(report.photos, 'photo')} with {count(report.faces, 'face')}"


def reindex(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="The event to embed anew.")],
    recognizer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Move it to this recognizer; default: its own, as it is now."),
    ] = None,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="Go on without photos that cannot be read any more.")
    ] = False,
    json: Json = False,
) -> None:
    """Move an event to another recognizer; it can be searched all the while."""
    from bot.shapes import index_json

    with _run() as (finder, progress, stop):
        report = finder.reindex(
            finder.event(event), recognizer=recognizer, leave_out=leave_out, progress=progress, stop=stop
        )
        moved = finder.event(event)
    if json:
        console.print_json({**index_json(report), "recognizer": moved.recognizer})
        return
    for failure in report.failed:
        console.say(f"Left out: {failure.photo}: {failure.reason}")
    console.say(
        f"{report.event} is searched by {moved.space} now: {_photos_and_faces(report)}, "
        f"{report.added} embedded by this run, {report.skipped} before, {len(report.failed)} left out; "
        f"{report.seconds:.1f} s."
    )


@contextmanager
def _run() -> Iterator[tuple[PhotoFinder, console.ShowProgress, threading.Event]]:
    """A finder, the bar of its run, and what stops the run in good order."""
    # Imported here: whoever only asks for help needs none of it.
    from bot.wiring import open_finder

    with (
        _stop_on_signal() as stop,
        open_finder(load_settings()) as finder,
        console.indexing_progress() as progress,
    ):
        yield finder, progress, stop


@contextmanager
def _stop_on_signal() -> Iterator[threading.Event]:
    """The first Ctrl-C (or SIGTERM) asks the work to stop in good order, the second one ends it."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()  # before the note, which may be answered at once
        console.note("Stopping after the photos in hand; once more ends it at once.")

    with stop_signals(ask):
        yield stop
