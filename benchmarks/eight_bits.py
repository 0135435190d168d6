"""What 8 bits do to faces: `python -m benchmarks.eight_bits [PHOTOS]`; PHOTOS as in benchmarks.calibrate.

Every labelled portrait is searched with, among all portraits and their small, dark and blurred copies, whose
vectors are those of floating point, or of 8 bits. The people of benchmarks.composed.TUNED_ON and the others
are looked at apart. By plain distances: no quality costs anything here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.calibrate import FALSE_ACCEPTS, labelled_faces
from benchmarks.face_pairs import Labelled, Pairs, pairs
from pipeline.calibration import DLIB
from pipeline.embedders.dlib_resnet import DlibResNet
from pipeline.embedders.mirrored import Mirrored
from pipeline.ports import Embedder
from pipeline.registry import Recognizers
from pipeline.types import Pixels

MODELS = Path(".findme/models")

console = Console(width=130)


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The vectors of two embedders, one behind the other, so that a face need be found only once."""

    one: Embedder
    other: Embedder

    @property
    def dimensions(self) -> int:
        """Of both together."""
        return self.one.dimensions + self.other.dimensions

    def embed(self, chips: Sequence[Pixels]) -> NDArray[np.float32]:
        """Vectors of shape (len(chips), dimensions)."""
        return np.hstack([self.one.embed(chips), self.other.embed(chips)])


def main(photos: Path) -> None:
    """Looks at the photos and prints."""
    exact, small = (Mirrored(DlibResNet(MODELS, eight_bits=bits)) for bits in (False, True))
    recognizer = replace(Recognizers(MODELS).get("dlib"), embedder=SideBySide(exact, small))
    for title, others in (("the people who decide", False), ("the others", True)):
        faces = labelled_faces(photos / "people", recognizer, others)
        full = [_with(one, slice(None, exact.dimensions)) for one in faces]
        short = [_with(one, slice(exact.dimensions, None)) for one in faces]
        probes = [one for one in full if one.clear]
        small_probes = [one for one in short if one.clear]
        moved = [
            np.linalg.norm(a.face.embedding - b.face.embedding) for a, b in zip(full, short, strict=True)
        ]
        table = Table(title=f"{title}: {len(faces)} faces")
        for column in ("", "genuine at one false accept in 1000", "genuine", "impostors within"):
            table.add_column(column, justify="left" if not column else "right")
        _add(table, "floating point", pairs(probes, full))
        _add(table, "the gallery in 8 bits, as in use", pairs(probes, short))
        _add(table, "probes, too", pairs(small_probes, short))
        console.print(table)
        console.print(
            f"Vectors move by {np.median(moved):.3f} (median; one in twenty {np.percentile(moved, 95):.3f})."
        )


def _with(one: Labelled, part: slice) -> Labelled:
    return replace(one, face=replace(one.face, embedding=one.face.embedding[part]))


def _add(table: Table, name: str, found: Pairs) -> None:
    genuine, impostors = found.distance[found.genuine], found.distance[~found.genuine]
    bar = np.quantile(impostors, FALSE_ACCEPTS)
    table.add_row(
        name,
        f"{(genuine <= bar).mean():.4f} within {bar:.3f}",
        f"{(genuine <= DLIB.threshold).mean():.4f}",
        f"{(impostors <= DLIB.threshold).mean():.5f} {DLIB.threshold}",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/photos"))
