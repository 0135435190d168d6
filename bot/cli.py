"""The `findme` command. Exit status: 0 done, 1 failed (one sentence on standard error), 2 wrong usage."""

from __future__ import annotations

import logging
import math
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from bot import console
from bot.settings import load_settings
from pipeline.errors import FindMeError

app = typer.Typer(
    name="findme",
    help="Find yourself in the event photos. Everything runs on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

models_app = typer.Typer(help="Model files that no package brings: list them, fetch them.")
app.add_typer(models_app, name="models")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, nothing else.")]
RecognizerName = Annotated[
    str | None,
    typer.Option("--recognizer", metavar="NAME", help="dlib, clip, sface, onnx; default: FINDME_RECOGNIZER."),
]

_CHATTY = (
    *("slack_sdk.web.base_client", "psycopg.pool", "urllib3.connectionpool"),
    *("asyncio", "botocore", "gcsfs", "paramiko", "s3fs"),
)


Port = Annotated[
    int | None,
    typer.Option(
        "--http", min=0, max=65_535, metavar="PORT", help="HTTP on this port instead of Socket Mode."
    ),
]
MOST = 1_000_000  # photos, or units of distance: more is a slip of the hand


def main() -> None:
    """Runs the command line; every foreseen failure becomes one sentence and exit status 1."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything open is closed on the way out
    try:
        app()
    except FindMeError as error:
        console.note(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        console.note("Stopped.")
        sys.exit(1)
    except Exception as error:  # the last stop: a person gets a sentence, details on request
        if os.environ.get("FINDME_DEBUG"):
            raise
        console.note(
            f"Something unforeseen went wrong ({type(error).__name__}). "
            "Run it again with FINDME_DEBUG=1 for the details, and please report them."
        )
        sys.exit(1)


@app.callback()
def _every_command(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more, on standard error.")] = False,
) -> None:
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    if not verbose:
        # They report what the callers report better, in a sentence and with what to do.
        for chatty in _CHATTY:
            logging.getLogger(chatty).setLevel(logging.CRITICAL)


def _finite(value: float | None) -> float | None:
    """Refuses a number that is none."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter("a number is needed")
    return value


@app.command()
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
    from bot.shapes import index_json
    from bot.wiring import open_finder, open_source
    from pipeline.types import EventKey

    with (
        _stop_on_signal() as stop,
        open_finder(load_settings()) as finder,
        console.indexing_progress() as progress,
    ):
        report = finder.index(
            open_source(source), EventKey(event), recognizer=recognizer, progress=progress, stop=stop
        )
    if json:
        console.print_json(index_json(report))
        return
    for failure in report.failed:
        console.say(f"Not indexed: {failure.photo}: {failure.reason}")
    console.say(
        f"{report.event} holds {report.photos} photos with {report.faces} faces: {report.added} added, "
        f"{report.skipped} there before, {report.removed} removed, {len(report.failed)} failed; "
        f"{report.seconds:.1f} s."
    )


@app.command()
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
    from bot.wiring import open_finder

    with (
        _stop_on_signal() as stop,
        open_finder(load_settings()) as finder,
        console.indexing_progress() as progress,
    ):
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
        f"{report.event} is searched by {moved.space} now: {report.photos} photos with {report.faces} faces, "
        f"{report.added} embedded by this run, {report.skipped} before, {len(report.failed)} left out; "
        f"{report.seconds:.1f} s."
    )


@app.command()
def find(
    photos: Annotated[
        list[Path],
        typer.Argument(metavar="PHOTO...", help="Photos of the person to find; several count together."),
    ],
    event: Annotated[
        str | None, typer.Option("--event", metavar="SLUG", help="Search one event; default: all.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, max=MOST, metavar="N", help="At most N photos.")] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=float(MOST),
            metavar="D",
            help="Largest distance; default: the recognizer's.",
            callback=_finite,
        ),
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="OUT.jpg", help="Write a contact sheet of the matches.")
    ] = None,
    json: Json = False,
) -> None:
    """Find the photos that show the most relevant face of PHOTO, best first."""
    from bot import finding
    from bot.shapes import find_json
    from bot.wiring import open_finder

    data = [finding.read_photo(photo) for photo in photos]
    if sheet is not None:
        finding.check_sheet(sheet)
    with open_finder(load_settings()) as finder:
        found = finding.find_photos(finder, data, event, limit=limit, threshold=threshold)
        notes = [*found.notes]
        if sheet is not None:
            notes += finding.write_sheet(finder, data, found, sheet)
    for sentence in notes:
        console.note(sentence)
    if json:
        console.print_json(find_json(found.probes, found.recognizer, found.threshold, found.matches))
    elif found.matches:
        console.print_table(
            ("", "photo", "strength", "confidence", "distance", "event"), finding.rows(found.matches)
        )
    elif found.probe:
        console.say("No photo shows this person. A frontal, well-lit photo finds the most.")


@app.command()
def events(json: Json = False) -> None:
    """List the indexed events, newest first."""
    from bot.shapes import events_json
    from bot.wiring import open_finder

    settings = load_settings()
    with open_finder(settings) as finder:
        found = finder.events()
    if json:
        console.print_json(events_json(found))
    elif found:
        console.print_table(
            ("event", "photos", "faces", "recognizer", "indexed", "state", "source"),
            [
                (
                    *(e.key.slug, e.photos, e.faces, e.recognizer),
                    *(f"{e.indexed_at:%Y-%m-%d %H:%M}", str(e.state), e.source),
                )
                for e in found
            ],
        )
    else:
        where = "DATABASE_URL" if settings.database_url else str(settings.data_dir.resolve())
        console.say(f"No event is indexed yet in {where}: run `findme index FOLDER --event NAME`.")


@app.command()
def forget(
    event: Annotated[str | None, typer.Argument(metavar="EVENT", help="The event to erase.")] = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="U123", help="Erase what is kept of a Slack user.")
    ] = None,
    json: Json = False,
) -> None:
    """Erase an event, or what is kept of a person, and say how many rows went."""
    from bot.shapes import forgotten_json
    from bot.wiring import open_finder

    if (event is None) == (user is None):
        raise typer.BadParameter("Name an event, or a person with --user, and not both.")
    if user is not None and not re.fullmatch(r"[UW][A-Z0-9]+", user):
        raise typer.BadParameter(
            f"{user} is no Slack user id; those look like U012AB3CD (profile, Copy member ID)."
        )
    with open_finder(load_settings()) as finder:
        gone = finder.forget_user(user) if user else finder.forget_event(finder.event(str(event)))
    if json:
        console.print_json(forgotten_json(gone))
    else:
        console.say(f"Erased: {gone.photos} photos, {gone.faces} faces, {gone.references} references.")


@app.command(name="eval")
def evaluate(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="PERSON/*.jpg, or photos/ + avatars/ + truth.json.")
    ],
    recognizer: RecognizerName = None,
    json: Json = False,
) -> None:
    """Measure a recognizer on labelled photos."""
    from bot.wiring import recognizers
    from pipeline.evaluation import evaluate as measure

    chosen = recognizers(load_settings()).get(recognizer)
    with console.counting_progress("Measuring") as progress:
        outcome = asdict(measure(folder, chosen, progress))
    if json:
        console.print_json(outcome)
    else:
        console.print_table(
            ("measure", "value"),
            [(name, f"{v:.4g}" if isinstance(v, float) else v) for name, v in outcome.items()],
        )


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, json: Json = False) -> None:
    """List the model files that can be fetched: licence, size, where, and whether they are here."""
    from bot.models import listed, megabytes, models_folder
    from bot.shapes import models_json

    if context.invoked_subcommand:
        return
    settings = load_settings()
    found = listed(settings)
    if json:
        console.print_json(models_json(found))
        return
    console.print_table(
        ("for", "file", "licence", "size", "here"),
        [
            (m.file.recognizer, m.file.name, m.file.licence, megabytes(m.file), "yes" if m.present else "no")
            for m in found
        ],
    )
    console.say(
        f"Their place is {models_folder(settings).resolve()}; `findme models fetch NAME` brings them."
    )


@models_app.command(name="fetch")
def fetch_models(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The recognizer to fetch for, such as sface.")],
    yes: Annotated[bool, typer.Option("--yes", help="Accept the licences without being asked.")] = False,
) -> None:
    """Fetch a recognizer's model files: shows their licences, asks, and checks every byte."""
    from bot.models import fetch

    paths = fetch(load_settings(), name, lambda question: yes or _agreed(question))
    console.say(f"{name} is ready: {', '.join(map(str, paths))}.")


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        console.note("Nobody is there to accept the licences: add --yes to accept them.")
        return False
    return typer.confirm(question, err=True)


@app.command()
def serve(
    http: Port = None,
    host: Annotated[str, typer.Option(help="Address to listen on, for HTTP.")] = "127.0.0.1",
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Run a worker for /index-event beside the bot.")
    ] = True,
) -> None:
    """Run the bot: Socket Mode when SLACK_APP_TOKEN is set, else HTTP on /slack/events."""
    from bot.running import serve_bot

    serve_bot(load_settings(), http, host, worker=worker)


@app.command()
def worker(
    processes: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many processes; default: one a processor.")
    ] = None,
) -> None:
    """Run indexing jobs; as many as you like, on as many machines as you like."""
    from bot.working import default_processes, run_workers

    run_workers(load_settings(), processes or default_processes())


@app.command()
def playground(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of the page; 0: any free one.")] = 8899,
) -> None:
    """The bot with a local imitation of Slack and its web page, to click through."""
    from bot.demo.tour import run_playground

    run_playground(load_settings(), port)


@app.command()
def demo(
    photos: Annotated[Path | None, typer.Option(help="A folder with your own photos.")] = None,
    avatar: Annotated[Path | None, typer.Option(help="A photo of the person to find in them.")] = None,
) -> None:
    """The whole path without a Slack workspace: index, /findme, images in the thread."""
    from bot.demo.tour import run_demo

    if (photos is None) != (avatar is None):
        raise typer.BadParameter("--photos and --avatar go together.")
    run_demo(load_settings(), photos, avatar)


@app.command()
def doctor(json: Json = False) -> None:
    """One line per part: what, state, remedy."""
    from bot.doctor import examine
    from bot.shapes import doctor_json

    checks = examine()
    if json:
        console.print_json(doctor_json(checks))
    else:
        console.print_table(
            ("part", "state", "detail", "remedy"),
            [(c.name, "ok" if c.ok else "NOT OK", c.detail, c.remedy or "") for c in checks],
        )
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


@contextmanager
def _stop_on_signal() -> Iterator[threading.Event]:
    """The first Ctrl-C (or SIGTERM) asks the work to stop in good order, the second one ends it."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        console.note("Stopping after the photos in hand; once more ends it at once.")
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
