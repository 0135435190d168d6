"""`findme find`: which events are searched, and what is said when there is nothing to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import FindMeError, NoFaceFound, UnreadablePhoto
from pipeline.finder import PhotoFinder
from pipeline.sheet import SheetTile, contact_sheet, is_sheet
from pipeline.types import Event, EventState, Match, Probe, Strength

SHEET_PHOTOS = 60  # more tiles than this make a picture that nobody opens


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The outcome of a search from the command line."""

    probes: tuple[Probe | None, ...]  # one a photo that was searched with; None: it shows no face
    recognizer: str
    threshold: float
    matches: tuple[Match, ...] = ()
    notes: tuple[str, ...] = ()  # sentences for standard error
    nothing: str = "No photo shows this person. A frontal, well-lit photo finds the most."  # empty: the
    # notes have said it

    @property
    def probe(self) -> Probe | None:
        """The first photo's that shows a face."""
        return next((probe for probe in self.probes if probe), None)


def read_photo(path: Path) -> bytes:
    """The bytes of a photo on this machine. Raises UnreadablePhoto."""
    if path.exists() and not path.is_file():  # reading a named pipe could last for ever
        raise UnreadablePhoto(f"{path} is no file: give the path of a photo.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadablePhoto(
            f"{path} cannot be read ({error.strerror}): give the path of a photo."
        ) from None


def check_sheet(target: Path) -> None:
    """Says before the search when the sheet could not be written, or would replace something else.

    Raises FindMeError.
    """
    if target.suffix.lower() not in (".jpg", ".jpeg"):
        raise FindMeError(f"The sheet is a JPEG file: give it a name that ends with .jpg, not {target.name}.")
    if not target.parent.is_dir():
        raise FindMeError(f"There is no folder {target.parent} to write the sheet to: create it first.")
    if target.exists() and not (target.is_file() and _may_go(target)):
        raise FindMeError(
            f"{target} is there already and is no contact sheet: give the sheet another name, so that "
            "nothing is lost."
        )


def _may_go(target: Path) -> bool:
    """Whether a file is a sheet of an earlier search, or empty."""
    try:
        return target.stat().st_size == 0 or is_sheet(target)
    except OSError:
        return False


def find_photos(
    finder: PhotoFinder,
    photos: Sequence[bytes],
    slug: str | None,
    *,
    limit: int | None,
    threshold: float | None,
) -> Found:
    """Searches one event, or all of one embedding space, for the one person that the photos show.

    Of several, those that cannot be read or show no face are left out and named. Raises UnreadablePhoto where
    there is one alone, UnknownEvent.
    """
    events, notes = _events_to_search(finder, slug)
    known = finder.recognizers
    recognizer = known.that_embedded(events[0].recognizer) if events else known.get()
    bar = recognizer.threshold if threshold is None else threshold
    probes, unseen = _probes(finder, photos, events[0] if events else None)
    shown = [probe for probe in probes if probe]
    notes += unseen
    if not events:
        notes.append("No event is indexed yet: run `findme index FOLDER --event NAME` first.")
    if not events or not shown:
        return Found(tuple(probes), recognizer.name, bar, notes=tuple(notes), nothing="")
    if not finder.agree(*shown):
        notes.append(
            "The photos hardly look like one person, so trust none of the matches: "
            "give photos that show the same person alone, or search with each by itself."
        )
    notes += [*_not_complete(events), *_crowded(probes)]
    result = finder.find(*shown, events=events, limit=limit, threshold=threshold)
    if result.tiny:
        notes.append(_tiny(shown))
    elif result.matches and not any(match.strength is Strength.STRONG for match in result.matches):
        notes.append(
            "No match is sure: it may be somebody else, and the person may not be in these photos at all."
        )
    found = Found(tuple(probes), result.recognizer, result.threshold, result.matches, tuple(notes))
    if not any(event.photos for event in events):
        empty = f"{_names(events)} holds no photos. Index it again, and see what failed."
        return replace(found, nothing=empty)
    if threshold is not None:
        return replace(
            found,
            nothing=f"No photo shows this person within a distance of {threshold:g}. Without --threshold, "
            f"{recognizer.threshold:g} counts.",
        )
    return found


def _not_complete(events: Sequence[Event]) -> list[str]:
    """A sentence on the events that lack photos which their sources hold."""
    notes = []
    if running := _names([event for event in events if event.state is EventState.RUNNING]):
        notes.append(f"Not indexed completely yet, so photos may be missing: {running}.")
    if interrupted := _names([event for event in events if event.state is EventState.INTERRUPTED]):
        notes.append(
            f"Not indexed completely, so photos may be missing: {interrupted}. The same `findme index` or "
            "`/index-event` again goes on."
        )
    return notes


def _crowded(probes: Sequence[Probe | None]) -> list[str]:
    """A sentence for each photo that shows several faces."""
    return [
        f"Photo {number} shows {probe.faces} faces; searched with the one that is largest and nearest to its "
        "middle. Crop the photo to search with another."
        for number, probe in enumerate(probes, start=1)
        if probe and probe.faces > 1
    ]


def _tiny(probes: Sequence[Probe]) -> str:
    """What small faces to search with mean."""
    pixels = round(max(probe.face.size for probe in probes))
    return (
        f"The face searched with is very small, {pixels} pixels, so some photos may be missed and no match "
        "counts as strong. Search with a larger picture to find more, and more surely."
    )


def _probes(
    finder: PhotoFinder, photos: Sequence[bytes], event: Event | None
) -> tuple[list[Probe | None], list[str]]:
    """Each photo's face, and a sentence for each that shows none."""
    probes: list[Probe | None] = []
    notes: list[str] = []
    for number, photo in enumerate(photos, start=1):
        try:
            probes.append(finder.probe(photo, event))
        except (NoFaceFound, UnreadablePhoto) as error:
            if isinstance(error, UnreadablePhoto) and len(photos) == 1:
                raise
            probes.append(None)
            notes.append(str(error) if len(photos) == 1 else f"Photo {number} is left out. {error}")
    return probes, notes


def _events_to_search(finder: PhotoFinder, slug: str | None) -> tuple[list[Event], list[str]]:
    """The named event; or all that live in the default recognizer's space, or in the newest event's."""
    if slug is not None:
        return [finder.event(slug)], []
    events = finder.events()
    if not events:
        return [], []
    default = finder.recognizers.default
    recognizer = default if any(event.recognizer == default for event in events) else events[0].recognizer
    same = [event for event in events if event.recognizer == recognizer]
    space = finder.recognizers.that_embedded(recognizer).space
    chosen = [event for event in same if event.space == space] or same[:1]
    notes = []
    if others := _names([event for event in events if event.recognizer != recognizer]):
        notes.append(
            f"Not searched, because they were indexed with another recognizer: {others}. Name one with "
            "--event."
        )
    if older := _names([event for event in same if event not in chosen]):
        notes.append(
            f"Not searched, because they were indexed with another version of {recognizer}: {older}. Run "
            "`findme reindex EVENT` for each."
        )
    return chosen, notes


def _names(events: Sequence[Event]) -> str:
    return ", ".join(event.key.slug for event in events)


def write_sheet(finder: PhotoFinder, photos: Sequence[bytes], found: Found, target: Path) -> list[str]:
    """Writes the contact sheet; returns sentences on where it is and what it lacks."""
    tiles: list[SheetTile] = []
    notes: list[str] = []
    for rank, match in enumerate(found.matches[:SHEET_PHOTOS], start=1):
        try:
            tiles.append(SheetTile(finder.photo(match), match.box, _caption(rank, match)))
        except FindMeError as error:
            tiles.append(SheetTile(b"", None, _caption(rank, match)))
            notes.append(f"{match.photo} cannot be shown on the sheet: {error}")
    first = found.probes.index(found.probe)
    probe = SheetTile(photos[first], found.probe.face.box if found.probe else None, "Searched with")
    try:
        target.write_bytes(contact_sheet(probe, tiles))
    except OSError as error:
        raise FindMeError(f"The sheet cannot be written to {target} ({error.strerror}).") from None
    if len(found.matches) > SHEET_PHOTOS:
        notes.append(f"The sheet shows the best {SHEET_PHOTOS} of {len(found.matches)} photos.")
    return [*notes, f"Contact sheet: {target}"]


def _caption(rank: int, match: Match) -> str:
    return f"{rank} · {match.strength} {match.confidence:.0%}\n{match.photo}"


def rows(matches: Sequence[Match]) -> list[tuple[object, ...]]:
    """For a table: rank, photo, strength, confidence, distance, event."""
    return [
        (rank, match.photo, match.strength, f"{match.confidence:.0%}", f"{match.distance:.3f}", match.event)
        for rank, match in enumerate(matches, start=1)
    ]
