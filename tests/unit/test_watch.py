"""How runs move, and what is told of those that do not."""

from __future__ import annotations

import pytest

from bot import pace
from bot.runs import Running
from bot.watch import Watch
from pipeline.runs import IndexRun, RunRequest, RunState
from pipeline.types import EventKey, Progress


def run(number: int, done: int | None, trouble: str = "") -> IndexRun:
    """One of a hundred photos; None: its source is not listed."""
    progress = None if done is None else Progress(done, 100, 0, 0, trouble=trouble)
    request = RunRequest(EventKey(f"event-{number}", "T1", "C1"), "/photos/week.zip")
    return IndexRun(number, request, None, RunState.READING, None, progress, 0, 0, 0, 1.0, None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set."""
    now = [0.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    return now


def told(watch: Watch, clock: list[float], seconds: int, *runs: IndexRun) -> Running:
    """Looks once a second; what there is to tell of the last run then."""
    for _ in range(seconds):
        watch.note(runs)
        clock[0] += 1
    return watch.running(runs[-1])


@pytest.mark.parametrize("done", [None, 0, 7])
def test_a_run_that_stands_still_without_a_worker_is_deserted(clock: list[float], done: int | None) -> None:
    alive = [0]
    watch = Watch(lambda: alive[0])
    assert not told(watch, clock, 30, run(1, done)).deserted
    assert told(watch, clock, 2, run(1, done)).deserted
    alive[0] = 1
    assert not told(watch, clock, 1, run(1, done)).deserted
    alive[0] = 0
    assert not told(watch, clock, 1, run(1, 8)).deserted  # it has moved


def test_nobody_is_asked_for_workers_while_runs_move(clock: list[float]) -> None:
    watch = Watch(lambda: pytest.fail("asked"))
    for done in range(90):
        told(watch, clock, 1, run(1, done))
    assert watch.running(run(1, 90)).speed == pytest.approx(1.0)


def test_a_run_that_is_not_begun_waits_for_the_one_that_is_read(clock: list[float]) -> None:
    watch = Watch(lambda: 1)
    for done in range(5):
        waiting = told(watch, clock, 1, run(1, done), run(2, 0))
    assert waiting.behind == EventKey("event-1", "T1", "C1")
    assert watch.running(run(1, 5)).behind is None
    assert watch.running(run(2, 1)).behind is None  # begun
    assert watch.running(run(2, None)).behind is None  # being listed
    assert watch.running(run(2, 0, "No disk.")).behind is None
    assert told(watch, clock, 1, run(1, 5, "No disk."), run(2, 0)).behind is None
