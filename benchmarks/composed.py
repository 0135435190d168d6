"""Labelled events composed from labelled portraits by make_event.py, with the size of every face."""

from __future__ import annotations

import importlib.util
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

TUNED_ON = (
    *("Ariel_Sharon", "Arnold_Schwarzenegger", "Colin_Powell"),
    *("amy", "howard", "penny", "raj"),
)
"""The people, as the labelled photos name them, whose photos decide the figures in use; the others report."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One event."""

    tier: str  # clear or hard
    seed: int
    photos: int
    people: Literal["all", "apart", "tuned"] = "all"  # tuned: TUNED_ON; apart: the others

    @property
    def name(self) -> str:
        """A folder's name."""
        return f"{self.tier}-{self.seed}" + ("" if self.people == "all" else f"-{self.people}")


def composed(recipe: Recipe, labelled: Path, work: Path) -> Path:
    """The folder of the event, in the layout of `findme eval`; composed unless it is there.

    `sizes.json` beside its photos holds {file: {person: width of the face in pixels}}.
    """
    folder = work / recipe.name
    if not (folder / "sizes.json").is_file() or len(sizes(folder)) != recipe.photos:
        shutil.rmtree(folder, ignore_errors=True)
        script = _script(labelled.parent / "tools" / "make_event.py")
        pasted = _recorded(script)
        everybody = labelled / "people"
        people = everybody if recipe.people == "all" else _some(everybody, work, recipe.people == "tuned")
        script.build(folder, people, recipe.photos, recipe.seed, recipe.tier)
        (folder / "sizes.json").write_text(json.dumps({f"IMG_{i:04d}.jpg": p for i, p in enumerate(pasted)}))
    return folder


def sizes(folder: Path) -> dict[str, dict[str, float]]:
    """What `sizes.json` holds."""
    found: dict[str, dict[str, float]] = json.loads((folder / "sizes.json").read_text())
    return found


def _script(path: Path) -> ModuleType:
    """make_event.py as a module."""
    if not path.is_file():
        raise SystemExit(f"There is no script that composes events at {path}.")
    spec = importlib.util.spec_from_file_location("make_event", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def _recorded(script: ModuleType) -> list[dict[str, float]]:
    """One entry a photo, filled while the script composes them."""
    pasted: list[dict[str, float]] = []
    background, panel = script.background, script.panel

    def new_photo(*given: Any) -> Any:
        pasted.append({})
        return background(*given)

    def new_face(path: Path, box: Any, width: float, *given: Any) -> Any:
        pasted[-1][path.parent.name] = width
        return panel(path, box, width, *given)

    script.background, script.panel = new_photo, new_face
    return pasted


def _some(people: Path, work: Path, tuned: bool) -> Path:
    """A folder with the people that figures were tuned on, or with the others."""
    boxes = json.loads((people / "boxes.json").read_text())
    names = sorted({key.split("/")[0] for key in boxes if (key.split("/")[0] in TUNED_ON) == tuned})
    folder = work / ("people-tuned" if tuned else "people-apart")
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        if not (folder / name).exists():
            (folder / name).symlink_to((people / name).resolve())
    kept = {key: box for key, box in boxes.items() if key.split("/")[0] in names}
    (folder / "boxes.json").write_text(json.dumps(kept))
    return folder
