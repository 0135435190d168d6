"""`findme models`, `findme models fetch`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bot import console
from bot.cli.options import Json
from bot.settings import load_settings


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
