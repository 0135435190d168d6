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
    if not all(check.ok for check in checks):
        raise typer.Exit(1)
