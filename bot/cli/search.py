"""`findme find`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from bot import console
from bot.cli.options import Json
from bot.settings import load_settings

MOST = 1_000_000  # photos, or units of distance: more is a slip of the hand


def _finite(value: float | None) -> float | None:
    """Refuses a number that is none."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter("a number is needed")
    return value


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
    elif found.nothing:
        console.say(found.nothing)
