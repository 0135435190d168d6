"""`findme events`, `findme forget`."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from bot import console
from bot.cli.options import Json
from bot.settings import load_settings


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
    from bot.words import count

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
        rows = (gone.photos, "photo"), (gone.faces, "face"), (gone.references, "reference")
        console.say(f"Erased: {', '.join(count(*row) for row in rows)}.")
