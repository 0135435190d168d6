"""What the command line prints for people."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bot import console

PATH = "/srv/" + "/".join(["a folder with a long name"] * 12)
ROWS = [("gala", 7, PATH, "ok"), ("Fête [day 1] 東京", 12, "/srv", "Mend it.\nThen again.")]
COLUMNS = ("event", "photos", "source", "remedy")


def test_where_nobody_reads_along_each_row_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    console.print_table(COLUMNS, ROWS)
    head, first, second = capsys.readouterr().out.splitlines()
    assert first.split(PATH) == ["gala                    7  ", "  ok"]
    assert second.startswith("Fête [day 1] 東京      12  /srv  ")
    assert second.endswith("  Mend it. Then again.")
    assert head.index("source") == first.index(PATH)


def test_a_table_without_rows_is_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    console.print_table(COLUMNS, [])
    assert capsys.readouterr().out == "event  photos  source  remedy\n"


def test_a_terminal_folds_long_cells_and_keeps_names_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(console, "stdout", Console(file=screen, force_terminal=True, width=80))
    console.print_table(COLUMNS, ROWS)
    lines = screen.getvalue().splitlines()
    assert len(lines) > 1 + len(ROWS)
    assert "[day 1]" in screen.getvalue()
