"""Our default beside what people use: the article's chain, and face_recognition, on the same photos.

`python -m benchmarks.comparison [PHOTOS [COUNT]]`; PHOTOS holds people/ (default: ../shared/photos). Each
chain runs in a process of its own; times are its processor time, over all its threads, so that one photo per
second means one per second and core.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.groups import FACES, GroupPhoto, Groups, composed

COUNT = 8
AT = 5  # depth of precision

FLOORS = {
    "decoding and all that its networks compute": ("decode", "networks"),
    "decoding, one pass at 1280 pixels, and embedding": ("decode", "pass at 1280", "embed"),
    "decoding, one pass at 960 pixels, and embedding": ("decode", "pass at 960", "embed"),
}
"""Bare parts that ours is compared with."""

console = Console(width=160)


@dataclass(frozen=True, slots=True)
class Result:
    """What a chain did with the photos."""

    photos: int
    steps: dict[str, float]  # seconds of processor time, all photos together
    found: int  # labelled faces with a box around their middle
    false: int  # boxes around none
    precision_at_5: float | None  # None where the vectors mean nothing
    recall: float  # within the threshold; without vectors that mean something the share of faces found
    precision: float | None
    start: float  # seconds of processor time until photos can be read: imports and weights
    memory: int  # bytes, at their peak

    @property
    def seconds(self) -> float:
        """Of processor time a photo."""
        return sum(each for step, each in self.steps.items() if not step.startswith("bare")) / self.photos


def measured(name: str, models: Path, groups: Groups) -> Result:
    """Runs a chain in this process, which must have done nothing else."""
    before = time.process_time()
    from benchmarks.chains import CHAINS, Ours

    chain = CHAINS[name](models)
    start = time.process_time() - before
    chain.read(groups.photos[0].data)  # warm
    chain.watch.seconds.clear()
    seen = [chain.read(photo.data) for photo in groups.photos]
    memory = _peak_memory()
    if isinstance(chain, Ours):
        for photo in groups.photos:
            chain.read_bare(photo.data)
    steps = dict(chain.watch.seconds)
    counts = [_found(one.boxes, photo) for one, photo in zip(seen, groups.photos, strict=True)]
    found, false = (sum(count[part] for count in counts) for part in (0, 1))
    figures: tuple[float | None, float, float | None] = None, found / (FACES * len(seen)), None
    if np.isfinite(chain.threshold):
        probes = {person: chain.read(avatar) for person, avatar in groups.avatars.items()}
        distances = {
            person: [
                np.linalg.norm(one.vectors - probe.vectors[_largest(probe.boxes)], axis=1).min(initial=np.inf)
                if len(probe.boxes)
                else np.inf
                for one in seen
            ]
            for person, probe in probes.items()
        }
        figures = _accuracy(distances, groups.photos, chain.threshold)
    return Result(len(seen), steps, found, false, *figures, start, memory)


def _peak_memory() -> int:
    """Bytes. From /proc, as what getrusage says may be the parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _largest(boxes: list) -> int:
    return max(range(len(boxes)), key=lambda number: boxes[number].area)


def _found(boxes: list, photo: GroupPhoto) -> tuple[int, int]:
    """How many faces have a box around their middle, and how many boxes have none."""

    def holds(box, point) -> bool:
        return box.x <= point[0] <= box.x + box.width and box.y <= point[1] <= box.y + box.height

    middles = photo.faces.values()
    found = sum(any(holds(box, point) for box in boxes) for point in middles)
    return found, sum(not any(holds(box, point) for point in middles) for box in boxes)


def _accuracy(
    distances: dict[str, list[float]], photos: tuple[GroupPhoto, ...], threshold: float
) -> tuple[float, float, float]:
    """(precision at 5, recall, precision) of searches with every avatar."""
    at_5, hits, matches, right = [], 0, 0, 0
    for person, each in distances.items():
        shows = np.array([person in photo.faces for photo in photos])
        within = np.array(each) <= threshold
        ranking = np.argsort(each, kind="stable")[: min(AT, int(shows.sum()))]
        ranked = shows[ranking] & np.isfinite(np.array(each)[ranking])
        if shows.any():
            at_5.append(float(ranked.mean()))
        hits, matches, right = (
            hits + int((shows & within).sum()),
            matches + int(within.sum()),
            right + int(shows.sum()),
        )
    return float(np.mean(at_5)), hits / right, hits / max(1, matches)


def run(photos: Path, models: Path, count: int = COUNT) -> None:
    """Measures every chain, each in a process of its own, and prints the tables."""
    from benchmarks.chains import CHAINS
    from benchmarks.clip_shape import write_clip_shape
    from tests.fakes.clip_model import write_clip_files

    with tempfile.TemporaryDirectory(prefix="findme-bench-") as name:
        folder = Path(name)
        (folder / "groups").write_bytes(pickle.dumps(composed(photos / "people", count)))
        write_clip_files(folder)
        write_clip_shape(folder / "clip.onnx")
        for model in models.glob("*.onnx*"):
            (folder / model.name).symlink_to(model.resolve())
        results = {}
        for chain in CHAINS:
            started = time.perf_counter()
            command = [sys.executable, "-m", "benchmarks.comparison", "--one", chain, name]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            results[chain] = Result(**json.loads(done.stdout.splitlines()[-1]))
            console.print(f"{chain}: {time.perf_counter() - started:.0f} s", style="dim")
    _print(results, count)


def _print(results: dict[str, Result], count: int) -> None:
    ours = next(iter(results.values()))
    table = Table(
        title=f"{count} photos of 12 megapixels, {FACES} faces each; processor time, all threads counted"
    )
    table.add_column("")
    for name in results:
        table.add_column(name, justify="right")
    for label, value in _ROWS.items():
        table.add_row(label, *(value(result) for result in results.values()))
    table.add_row(
        "takes so many times our time", *(f"{one.seconds / ours.seconds:.1f}" for one in results.values())
    )
    console.print(table)
    bare = {step: each / count * 1000 for step, each in ours.steps.items() if step.startswith("bare ")}
    console.print("Bare, ms a photo: " + ", ".join(f"{step[5:]} {each:.0f}" for step, each in bare.items()))
    for said, parts in FLOORS.items():
        floor = sum(bare[f"bare {part}"] for part in parts)
        console.print(f"Ours takes {ours.seconds * 1000 / floor:.2f} times {said} ({floor:.0f} ms).")


def _milliseconds(step: str):
    def value(result: Result) -> str:
        return f"{result.steps[step] * 1000 / result.photos:.0f}" if step in result.steps else "–"

    return value


def _share(figure: float | None) -> str:
    return "–" if figure is None else f"{figure:.3f}"


_ROWS = {
    "photos per second and core": lambda one: f"{1 / one.seconds:.2f}",
    **{f"ms a photo: {step}": _milliseconds(step) for step in ("decode", "detect", "align", "embed")},
    "ms a photo": lambda one: f"{one.seconds * 1000:.0f}",
    "faces found": lambda one: f"{one.found} of {one.photos * FACES}",
    "false boxes": lambda one: str(one.false),
    "precision at 5": lambda one: _share(one.precision_at_5),
    "recall": lambda one: ("at most " if one.precision_at_5 is None else "") + _share(one.recall),
    "precision": lambda one: _share(one.precision),
    "start: imports and weights, s": lambda one: f"{one.start:.1f}",
    "memory at its peak, MB": lambda one: f"{one.memory / 1e6:.0f}",
}


def _one(name: str, folder: Path) -> None:
    groups = pickle.loads((folder / "groups").read_bytes())
    print(json.dumps(asdict(measured(name, folder, groups))))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _one(sys.argv[2], Path(sys.argv[3]))
    else:
        run(
            Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/photos"),
            Path(".findme/models"),
            int(sys.argv[2]) if len(sys.argv) > 2 else COUNT,
        )
