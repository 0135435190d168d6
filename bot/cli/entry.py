"""The commands, what they have in common, and where their failures end."""

from __future__ import annotations

import logging
import os
import signal
import sys
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer

from bot import console
from bot.cli import doctor, evaluation, events, indexing, models, running, search
from pipeline.errors import FindMeError

_CHATTY = (
    *("slack_sdk.web.base_client", "psycopg.pool", "urllib3.connectionpool"),
    *("asyncio", "botocore", "gcsfs", "paramiko", "s3fs"),
)

_INTERRUPTED = 130  # what typer makes of Ctrl-C


def main() -> None:
    """Runs the command line; every foreseen failure becomes one sentence and exit status 1."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything open is closed on the way out
    try:
        command_line()()
    except FindMeError as error:
        console.note(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        _stopped()
    except SystemExit as left:
        if left.code != _INTERRUPTED:
            raise
        _stopped()
    except Exception as error:  # the last stop: a person gets a sentence, details on request
        if os.environ.get("FINDME_DEBUG"):
            raise
        console.note(
            f"Something unforeseen went wrong ({type(error).__name__}). "
            "Run it again with FINDME_DEBUG=1 for the details, and please report them."
        )
        sys.exit(1)


def _stopped() -> NoReturn:
    console.note("Stopped.")
    sys.exit(1)


def command_line() -> typer.Typer:
    """Every command, in the order in which help lists them."""
    app = typer.Typer(
        name="findme",
        help="Find yourself in the event photos. Everything runs on this machine.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_every_command)
    app.command()(indexing.index)
    app.command()(indexing.reindex)
    app.command()(search.find)
    app.command()(events.events)
    app.command()(events.forget)
    app.command("eval")(evaluation.evaluate)
    app.command()(running.serve)
    app.command()(running.worker)
    app.command()(running.playground)
    app.command()(running.demo)
    app.command()(doctor.doctor)
    app.add_typer(_models(), name="models")
    return app


def _models() -> typer.Typer:
    app = typer.Typer(help="Model files that no package brings: list them, fetch them.")
    app.callback(invoke_without_command=True)(models.models)
    app.command("fetch")(models.fetch_models)
    return app


def _say_version(asked: bool) -> None:
    if asked:
        console.say(f"FindMe {version('findme')}")
        raise typer.Exit


def _every_command(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more, on standard error.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which release it is.")
    ] = False,
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
