"""The measured part of docs/accuracy.md: its tables and plots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from pipeline.evaluation import Figures

PAGE = Path("docs/accuracy.md")
IMAGES = Path("docs/images")
START, END = "<!-- measured: python -m benchmarks.accuracy -->", "<!-- /measured -->"
WIDTHS = (36, 44, 52, 62, 80, 110, 160, 261)  # bounds of the classes of face widths, in pixels
SHARES = (0.0, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)  # bounds of the classes of confidence

Point = tuple[float, Figures]


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """What was measured on one labelled set."""

    name: str
    ours: Figures
    plain: Point  # the plain pipeline's best threshold in hindsight, and what it gives
    curve: list[Point]
    plain_curve: list[Point]
    found: list[tuple[float, bool, float]]  # confidence, whether right, distance
    by_size: list[tuple[float, bool]]  # width of the face, whether found
    plain_by_size: list[tuple[float, bool]]


def row(event: Event) -> str:
    """A line of the table."""
    ours, (bar, plain) = event.ours, event.plain
    missed = (1 - ours.recall) / (1 - plain.recall) if plain.recall < 1 else 0.0
    return (
        f"| {event.name} | {ours.precision_at_5:.4f} | {ours.map:.4f} | **{ours.recall:.4f}** |"
        f" {ours.precision:.4f} | {plain.recall:.4f} | {plain.precision:.4f} | {bar:.2f} | {missed:.0%} |"
    )


def write(events: Sequence[Event], space: str) -> None:
    """Replaces the measured part of the page, and the plots."""
    lines = [
        START,
        "",
        f"Recognizer {space}; the plain pipeline at the threshold that is best for it in hindsight.",
        "",
        "| photos | precision at 5 | mAP | recall | precision | plain: recall | precision | threshold |"
        " misses left |",
        "|---|---|---|---|---|---|---|---|---|",
        *map(row, events),
        "",
        "![Precision against recall](images/precision-recall.png)",
        "![Recall by width of the face](images/recall-by-size.png)",
        "",
        "Confidence on the events of the people who decide no figure: what was said, and what was right.",
        "",
        "| confidence | photos found | share of right ones |",
        "|---|---|---|",
        *_confidence([event for event in events if event.name.endswith("-apart")]),
        "",
        END,
    ]
    before, _, rest = PAGE.read_text().partition(START)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + "\n".join(lines) + after)
    _plot(events)


def _confidence(events: Sequence[Event]) -> list[str]:
    found = [(said, right) for event in events for said, right, _ in event.found]
    lines = []
    for low, high in pairwise(SHARES):
        inside = [right for said, right in found if low <= said < high or said == high == 1]
        if inside:
            lines.append(f"| {low:.0%} to {high:.0%} | {len(inside)} | {np.mean(inside):.1%} |")
    return lines


def _plot(events: Sequence[Event]) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    style = {"figsize": (4.6, 3.4), "dpi": 100, "layout": "constrained"}
    figure, axes = pyplot.subplots(**style)
    for tier, colour in (("clear", "tab:blue"), ("hard", "tab:red")):
        chosen = [event for event in events if event.name.startswith(tier)]
        for points, line, who in (("curve", "-", "FindMe"), ("plain_curve", ":", "plain")):
            recalls, precisions = _mean(chosen, points)
            axes.plot(recalls, precisions, line, color=colour, label=f"{tier}, {who}")
        axes.plot(
            np.mean([event.ours.recall for event in chosen]),
            np.mean([event.ours.precision for event in chosen]),
            "o",
            color=colour,
        )
    axes.set(xlabel="recall", ylabel="precision", xlim=(0.3, 1.005), ylim=(0.9, 1.003))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left", fontsize=8)
    figure.savefig(IMAGES / "precision-recall.png")

    figure, axes = pyplot.subplots(**style)
    for points, line, who in (("by_size", "o-", "FindMe"), ("plain_by_size", "o:", "plain")):
        for tier, colour in (("clear", "tab:blue"), ("hard", "tab:red")):
            faces = [
                face for event in events if event.name.startswith(tier) for face in getattr(event, points)
            ]
            axes.plot(*_by_width(faces), line, color=colour, label=f"{tier}, {who}", markersize=4)
    axes.set(
        xlabel="width of the face, pixels of 6 megapixels", ylabel="recall", xscale="log", ylim=(0.3, 1.02)
    )
    axes.set_xticks(WIDTHS[:-1], [str(width) for width in WIDTHS[:-1]])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize=8)
    figure.savefig(IMAGES / "recall-by-size.png")


def _mean(events: Sequence[Event], points: str) -> tuple[list[float], list[float]]:
    """Recall and precision at each threshold, as means over events."""
    columns = list(zip(*(getattr(event, points) for event in events), strict=True))
    recalls = [float(np.mean([figures.recall for _, figures in column])) for column in columns]
    precisions = [float(np.mean([figures.precision for _, figures in column])) for column in columns]
    return recalls, precisions


def _by_width(faces: Sequence[tuple[float, bool]]) -> tuple[list[float], list[float]]:
    """Middle of each class of widths that has at least ten faces, and its recall."""
    widths, recalls = [], []
    for low, high in pairwise(WIDTHS):
        inside = [found for width, found in faces if low <= width < high]
        if len(inside) >= 10:
            widths.append(float(np.sqrt(low * high)))
            recalls.append(float(np.mean(inside)))
    return widths, recalls
