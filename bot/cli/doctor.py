"""`findme doctor`."""

from __future__ import annotations

import typer

from bot import console
from bot.cli.options import Json


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
    ill = [check.name for check in checks if not check.ok]
    if ill:
        if json:
            console.note(f"Not in order: {', '.join(ill)}. Do what `remedy` says beside each.")
        raise typer.Exit(1)
