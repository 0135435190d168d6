"""A run of the queue: a request to bring an event up to date, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pipeline.types import EventKey, Progress


class RunState(StrEnum):
    """Where a run is."""

    WAITING = "waiting"  # its source is not listed yet
    READING = "reading"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Does it stay so?"""
        return self not in (RunState.WAITING, RunState.READING)


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to index, as what, and for whom."""

    key: EventKey
    source: str  # as PhotoSource.uri gives it
    recognizer: str | None = None  # None = the event's own; for a new event the default one
    asked_by: str | None = None  # Slack user id; None = the command line
    report: Mapping[str, Any] | None = None  # where the asker reads of it, in the asker's own words


@dataclass(frozen=True, slots=True)
class IndexRun:
    """A run as the database has it."""

    id: int
    request: RunRequest
    event_id: int | None  # None until the source is listed
    state: RunState
    reason: str | None  # why it failed, a sentence
    progress: Progress | None  # None until the source is listed; in trouble before, one of no photos
    added: int  # these three are known at the end
    skipped: int
    removed: int
    seconds: float  # from the request to the end, or until now
    ended_at: datetime | None  # UTC; None = not finished

    @property
    def key(self) -> EventKey:
        """The event."""
        return self.request.key
