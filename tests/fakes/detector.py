"""A detector that finds what it is told to find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pipeline.types import Detection, Image


@dataclass
class FakeDetector:
    """Answers each call with what `answer` gives for the image, and remembers the images."""

    answer: Callable[[Image], Sequence[Detection]]
    shown: list[Image] = field(default_factory=list)

    def detect(self, image: Image) -> list[Detection]:
        self.shown.append(image)
        return list(self.answer(image))
