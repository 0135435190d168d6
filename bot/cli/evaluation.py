"""`findme eval`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bot import console
from bot.cli.options import Json, RecognizerName
from bot.settings import load_settings


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
