"""The answer to `/index-event status`; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import words
from bot.replies.failures import examples
from bot.replies.indexing import bar, counts, hindrance
from bot.runs import Ended, Running
from pipeline.types import Event, EventKey, EventState, FailedPhotos

MOST_EVENTS = 15  # that have ended


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event on which nobody works."""

    key: EventKey
    event: Event | None  # None = its run ended before it was made
    ended: Ended | None  # its last run, where that is known
    failed: FailedPhotos | None = None  # of an event that changes without runs: what it lacks now

    @property
    def at(self) -> datetime:
        """When something last came of it, UTC."""
        times = [self.ended.at] if self.ended else []
        return max([*times, *([self.event.indexed_at] if self.event else [])])


def status(running: Sequence[Running], events: Sequence[EventLine], here: str) -> str:
    """What runs and waits, and below it what has ended, the latest first. here: the channel it is told in."""
    latest = sorted(events, key=lambda line: line.at, reverse=True)
    parts = [
        *_part("*Being indexed*", [_running(run, here) for run in running]),
        *_part("*Ended*", [_ended(line, here) for line in latest[:MOST_EVENTS]]),
    ]
    if len(latest) > MOST_EVENTS:
        parts.append(words.earlier_events(len(latest) - MOST_EVENTS))
    return "\n".join(parts) if parts else words.INDEXING_NOTHING


def _part(head: str, lines: Sequence[str]) -> list[str]:
    return [head, *lines] if lines else []


def _running(run: Running, here: str) -> str:
    name, held_up, progress = _name(run.key, here), hindrance(run), run.progress
    below = f"\n   {held_up}" if held_up else ""
    if progress is None or not progress.total:
        if run.deserted:
            return f"• {name}: {words.NOT_BEGUN}{below}"
        fetching = progress.fetching if progress else None
        return f"• {name}: {words.fetching(*fetching) if fetching else words.IN_LINE}{below}"
    return f"• {name} `{bar(progress.done, progress.total)}`\n   {counts(run, progress)}{below}"


def _ended(line: EventLine, here: str) -> str:
    event, run = line.event, line.ended
    early = run is not None and run.reason
    if event is None:
        what = "nothing is indexed"
    else:
        held = f"{words.count(event.photos, 'photo')} with {words.count(event.faces, 'face')}"
        state = "interrupted" if event.state is EventState.INTERRUPTED else "complete"
        what = f"{state}, {held}"
    failed = line.failed.number if line.failed else run.failed if run else 0
    if failed:
        what += f", {failed:,} failed"
    told = f" {run.reason}" if run is not None and early else ""
    if not told and event is not None and event.state is EventState.INTERRUPTED:
        told = f" {words.CONTINUE}"
    named = "".join(f"\n   {example}" for example in examples(line.failed)) if line.failed else ""
    return f"• {_name(line.key, here)}: {what} · {words.moment(line.at)}.{told}{named}"


def _name(key: EventKey, here: str) -> str:
    where = f" in {words.place(key.channel)}" if key.channel and key.channel != here else ""
    return f"*{words.escape(key.slug)}*{where}"
