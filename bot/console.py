"""What the command line prints: one JSON object, or something for people; progress on standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

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
    """A plain table on standard output; numbers lean right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[place], int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    stdout.print(table)


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
