"""Labelled photos on disk, in the two layouts that a recognizer can be measured on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import FindMeError
from pipeline.images import is_photo_name

LAYOUTS = (
    "Expected FOLDER/PERSON/*.jpg with at least two people, or an event: FOLDER/photos, "
    "FOLDER/avatars/PERSON.jpg and FOLDER/truth.json holding "
    '{"photos": {"FILE": ["PERSON"]}}.'
)


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A gallery photo with the people that it shows."""

    path: Path
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class LabelledProbe:
    """A photo to search with, and whose face it shows."""

    path: Path
    person: str


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """What a recognizer is measured on. A probe in the gallery is left out of its own ranking."""

    gallery: tuple[LabelledPhoto, ...]
    probes: tuple[LabelledProbe, ...]


def read_labelled(folder: Path) -> LabelledSet:
    """The labelled photos of a folder. Raises FindMeError, which names the layouts, where it has neither."""
    if not folder.is_dir():
        raise FindMeError(f"There is no folder {folder}. {LAYOUTS}")
    is_event = (folder / "truth.json").exists() or (folder / "avatars").is_dir()
    labelled = _event(folder) if is_event else _people(folder)
    if not labelled.probes or not labelled.gallery:
        raise FindMeError(f"There are no labelled photos in {folder}. {LAYOUTS}")
    return labelled


def _people(folder: Path) -> LabelledSet:
    """FOLDER/PERSON/*: every photo is in the gallery, and a probe for the others."""
    people = [entry for entry in sorted(folder.iterdir()) if entry.is_dir() and not _hidden(entry)]
    photos = [(path, person.name) for person in people for path in _photos(person)]
    if len({person for _, person in photos}) < 2:
        raise FindMeError(f"There are not two people with photos in {folder}. {LAYOUTS}")
    return LabelledSet(
        tuple(LabelledPhoto(path, frozenset({person})) for path, person in photos),
        tuple(LabelledProbe(path, person) for path, person in photos),
    )


def _event(folder: Path) -> LabelledSet:
    """FOLDER/photos, FOLDER/avatars/PERSON.* and FOLDER/truth.json, which names the photos that count."""
    for name in ("photos", "avatars"):
        if not (folder / name).is_dir():
            raise FindMeError(f"The event in {folder} has no folder {name}. {LAYOUTS}")
    truth = _truth(folder / "truth.json")
    return LabelledSet(
        tuple(LabelledPhoto(folder / "photos" / name, people) for name, people in sorted(truth.items())),
        tuple(LabelledProbe(path, path.stem) for path in _photos(folder / "avatars")),
    )


def _truth(path: Path) -> dict[str, frozenset[str]]:
    try:
        photos = json.loads(path.read_text(encoding="utf-8"))["photos"]
        return {str(name): frozenset(map(str, people)) for name, people in photos.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise FindMeError(f"{path} cannot be read as the labels of an event. {LAYOUTS}") from error


def _photos(folder: Path) -> list[Path]:
    entries = sorted(folder.iterdir())
    return [path for path in entries if path.is_file() and is_photo_name(path.name) and not _hidden(path)]


def _hidden(path: Path) -> bool:
    return path.name.startswith(".")
