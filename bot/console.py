"""What the command line prints: one JSON object, or something for people; progress on standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:  # numpy comes with it, which takes longer than to show help
    from pipeline.types import Progress

LINE_EVERY_SECONDS = 5.0  # between progress lines where standard error is no terminal

stdout = Console(highlight=False, soft_wrap=True)
stderr = Console(stderr=True, highlight=False, soft_wrap=True)

ShowProgress: TypeAlias = "Callable[[Progress], None]"


def say(text: str) -> None:
    """A sentence for people, on standard output."""
    stdout.print(text, markup=False)


def note(text: str) -> None:
    """A sentence beside the result, on standard error."""
    stderr.print(text, markup=False)


def print_json(data: Mapping[str, Any]) -> None:
    """The one JSON object that `--json` promises."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A plain table on standard output; numbers lean right.

    A terminal folds what is too long for it; a file or a pipe gets each row on one line.
    """
    numeric = [
        bool(rows) and all(isinstance(row[place], int | float) for row in rows)
        for place in range(len(columns))
    ]
    cells = [[str(cell) for cell in row] for row in rows]
    if not stdout.is_terminal:
        sys.stdout.write("".join(line + "\n" for line in _plain([list(columns), *cells], numeric)))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column, right in zip(columns, numeric, strict=True):
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))  # as it is: names may hold what rich takes for markup
    stdout.print(table)


def _plain(rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> Iterator[str]:
    """The rows in columns, one line each."""
    lines = [[" ".join(cell.splitlines()) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        blanks = [" " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True)]
        padded = [
            blank + cell if right else cell + blank
            for cell, blank, right in zip(line, blanks, numeric, strict=True)
        ]
        yield "  ".join(padded).rstrip()


@contextmanager
def indexing_progress() -> Iterator[ShowProgress]:
    """A bar on a terminal, a line now and then elsewhere; both on standard error."""
    if stderr.is_terminal:
        with _bar("Indexing", "{task.fields[faces]} faces, {task.fields[failed]} failed") as bar:
            task = bar.add_task("", total=None, faces=0, failed=0)
            yield lambda now: bar.update(
                task, completed=now.done, total=now.total, faces=now.faces, failed=now.failed
            )
    else:
        yield _lines()


@contextmanager
def counting_progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """The same for work that only counts: (done, total)."""
    if stderr.is_terminal:
        with _bar(what, "") as bar:
            task = bar.add_task("", total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    else:
        yield lambda *_: None


def _bar(what: str, tail: str) -> Bar:
    return Bar(
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn(tail),
        console=stderr,
    )


def _lines() -> ShowProgress:
    last = time.monotonic()

    def show(now: Progress) -> None:
        nonlocal last
        due = time.monotonic() - last >= LINE_EVERY_SECONDS
        if due or now.done == now.total:
            last = time.monotonic()
            note(f"Indexing: {now.done} of {now.total} photos, {now.faces} faces, {now.failed} failed")

    return show
