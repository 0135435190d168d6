"""Search: the photos that show the person of one probe or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.calibration import TINY
from pipeline.errors import SpaceMismatch
from pipeline.likeness import Likeness
from pipeline.ranking import ranked
from pipeline.store import Connection, Store, approximate, events, faces, spaces
from pipeline.store.candidates import StoredGallery
from pipeline.types import Event, FindResult, Match, Probe

if TYPE_CHECKING:
    from pipeline.calibration import Calibration
    from pipeline.recognizers import Recognizer


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and how far a search looks."""

    events: Sequence[Event] | None = None  # None = every event of the probe's space
    limit: int | None = None  # photos; None = all within the threshold
    threshold: float | None = None  # Euclidean distance; None = the recognizer's own


def find(store: Store, recognizer: Recognizer, probes: Sequence[Probe], scope: Scope) -> FindResult:
    """The photos that show the person of the probes, best first, each by its best face.

    Within the recognizer's threshold they are found as pipeline.ranking says. A threshold of the caller's own
    is a plain bar: all faces that are at most
    so far from the probes', and no others; so is the recognizer's where a few photos are wanted of very many
    faces and the approximate index gives them. Raises SpaceMismatch when one of the scope's events lives in
    another embedding space than the probes, or the probes in several, or when another model made the space.
    """
    threshold = recognizer.threshold if scope.threshold is None else scope.threshold
    with store.snapshot() as connection:  # the event may change over to another space meanwhile
        chosen = _event_ids(connection, _space(probes), scope.events)
        spaces.check(connection, recognizer.space, recognizer.dimensions, recognizer.weights)
        if scope.threshold is not None or _through_index(connection, chosen, scope.limit):
            rows = _within(connection, chosen, probes, threshold, scope.limit)
        else:
            held = events.faces_held(connection, chosen)
            rows = _ranked(connection, chosen, probes, recognizer.calibration.among(held))[: scope.limit]
    size = max(probe.face.size for probe in probes)
    return FindResult(
        probe=probes[0],
        recognizer=recognizer.name,
        threshold=threshold,
        matches=tuple(_match(recognizer, row, size) for row in rows),
        tiny=size < TINY,
    )


def _through_index(connection: Connection, chosen: list[int], limit: int | None) -> bool:
    return limit is not None and approximate.answers(connection, chosen, limit)


def _within(
    connection: Connection, chosen: list[int], probes: Sequence[Probe], threshold: float, limit: int | None
) -> list[faces.Near]:
    """The photos with a face that is at most so far from all the probes together."""
    person = Likeness.of([probe.face.embedding for probe in probes])
    rows = faces.nearest(connection, chosen, person.mean, person.reach(threshold), limit)
    return [replace(row, distance=person.distance(row.distance)) for row in rows]


def _ranked(
    connection: Connection, chosen: list[int], probes: Sequence[Probe], calibration: Calibration
) -> list[faces.Near]:
    gallery = StoredGallery(connection, chosen)
    hits = ranked(gallery, [probe.face for probe in probes], calibration)
    return gallery.shown({hit.face: hit.distance for hit in hits})


def _space(probes: Sequence[Probe]) -> str:
    """The one space that the probes live in."""
    spaces = {probe.space for probe in probes}
    if len(spaces) > 1:
        raise SpaceMismatch(
            f"The search photos were read with several recognizers: {', '.join(sorted(spaces))}."
        )
    return probes[0].space


def _event_ids(connection: Connection, space: str, chosen: Sequence[Event] | None) -> list[int]:
    there = events.in_space(connection, space)
    if chosen is None:
        return there
    for event in chosen:
        if event.space != space:
            raise SpaceMismatch(
                f"Event {event.key.slug} was indexed with {event.space}, but the search photo was read with "
                f"{space}. Search the event by itself, so that its own recognizer reads the photo."
            )
        if event.id not in there and events.with_id(connection, event.id) is not None:
            raise SpaceMismatch(
                f"Event {event.key.slug} has just been moved to another recognizer. Search it again."
            )
    return [event.id for event in chosen]


def _match(recognizer: Recognizer, row: faces.Near, size: float) -> Match:
    return Match(
        event=row.event,
        event_id=row.event_id,
        photo=row.photo,
        photo_id=row.photo_id,
        distance=row.distance,
        confidence=recognizer.confidence(row.distance),
        strength=recognizer.strength(row.distance, size),
        box=row.box,
    )
