"""Search: the photos that show the probe's person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import SpaceMismatch
from pipeline.store import Connection, Store, events, faces
from pipeline.types import Event, FindResult, Match, Probe

if TYPE_CHECKING:
    from pipeline.recognizers import Recognizer


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and how far a search looks."""

    events: Sequence[Event] | None = None  # None = every event of the probe's space
    limit: int | None = None  # photos; None = all within the threshold
    threshold: float | None = None  # Euclidean distance; None = the recognizer's own


def find(store: Store, recognizer: Recognizer, probe: Probe, scope: Scope) -> FindResult:
    """The photos within the threshold, best first, each by its face nearest to the probe's.

    Raises SpaceMismatch when one of the scope's events lives in another embedding space than the probe.
    """
    threshold = recognizer.threshold if scope.threshold is None else scope.threshold
    with store.snapshot() as connection:  # the event may change over to another space meanwhile
        rows = faces.nearest(
            connection,
            _event_ids(connection, probe, scope.events),
            probe.face.embedding,
            threshold,
            scope.limit,
        )
    return FindResult(
        probe=probe,
        recognizer=recognizer.name,
        threshold=threshold,
        matches=tuple(_match(recognizer, row) for row in rows),
    )


def _event_ids(connection: Connection, probe: Probe, chosen: Sequence[Event] | None) -> list[int]:
    there = events.in_space(connection, probe.space)
    if chosen is None:
        return there
    for event in chosen:
        if event.space != probe.space:
            raise SpaceMismatch(
                f"Event {event.key.slug} was indexed with {event.space}, but the search photo was read with "
                f"{probe.space}. Search the event by itself, so that its own recognizer reads the photo."
            )
        if event.id not in there and events.with_id(connection, event.id) is not None:
            raise SpaceMismatch(
                f"Event {event.key.slug} has just been moved to another recognizer. Search it again."
            )
    return [event.id for event in chosen]


def _match(recognizer: Recognizer, row: faces.Near) -> Match:
    return Match(
        event=row.event,
        event_id=row.event_id,
        photo=row.photo,
        photo_id=row.photo_id,
        distance=row.distance,
        confidence=recognizer.confidence(row.distance),
        strength=recognizer.strength(row.distance),
        box=row.box,
    )
