"""A quick, exact recognizer for pictures of coloured squares: a square is a face, its colour the person."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.calibration import Calibration
from pipeline.errors import UnknownRecognizer, WeightsUnavailable
from pipeline.recognizers import Recognizer
from pipeline.types import Box, Detection, Image, Pixels

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 220, 30), (30, 30, 220), (220, 220, 30)


def picture(*colours: tuple[int, int, int], size: tuple[int, int] = (320, 240), seed: int = 0) -> bytes:
    """A PNG of grey noise, `size` = (width, height), with a square of each colour.

    Each `seed` gives other bytes.
    """
    width, height = size
    noise = np.random.default_rng(seed).integers(100, 130, (height, width, 1), dtype=np.uint8)
    pixels = np.repeat(noise, 3, axis=2)
    for place, colour in enumerate(colours):
        left = 20 + 60 * place
        pixels[40:80, left : left + 40] = colour
    done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    assert done
    return data.tobytes()


class Squares:
    """A detector of squares in strong colours."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds  # how long it takes its time over a photo

    def detect(self, image: Image) -> list[Detection]:
        """The squares, from the left."""
        time.sleep(self._seconds)
        spread = image.pixels.max(axis=2).astype(int) - image.pixels.min(axis=2)
        _, _, stats, _ = cv2.connectedComponentsWithStats((spread > 80).astype(np.uint8))
        boxes = sorted(tuple(float(n) / image.scale for n in row[:4]) for row in stats[1:] if row[4] > 100)
        return [Detection(Box(*box), score=1.0) for box in boxes]


class Deadly(Squares):
    """The same, but a yellow square ends the process, as a broken decoder's crash does."""

    def detect(self, image: Image) -> list[Detection]:
        """The squares, from the left."""
        found = super().detect(image)
        for detection in found:
            if np.allclose(middle(image, detection).mean(axis=(0, 1)), YELLOW, atol=2):
                os._exit(1)
        return found


def middle(image: Image, detection: Detection) -> Pixels:
    """The pixels around the middle of a square."""
    x, y = (int(part * image.scale) for part in detection.box.centre)
    return np.ascontiguousarray(image.pixels[y - 3 : y + 3, x - 3 : x + 3])


class Colours:
    """An embedder whose vector is the mean colour, 0..1."""

    dimensions = 3

    def embed(self, chips: Sequence[Pixels]) -> NDArray[np.float32]:
        """One row a chip: red, green, blue."""
        if not chips:
            return np.zeros((0, 3), np.float32)
        return np.stack([chip.reshape(-1, 3).mean(axis=0) / 255 for chip in chips]).astype(np.float32)


def squares(name: str = "squares", version: int = 1, seconds: float = 0.0) -> Recognizer:
    """The recognizer: colours at most 0.2 apart are one person."""
    calibration = Calibration(threshold=0.2, strong=0.1, even=0.2, steepness=25.0)
    return Recognizer(name, version, Squares(seconds), middle, Colours(), calibration, None)


def deadly(seconds: float = 0.0) -> Recognizer:
    """The same recognizer, which dies of yellow."""
    return replace(squares(), detector=Deadly(seconds))


class FakeRecognizers:
    """A registry of given recognizers; `missing` are names whose weights cannot be had."""

    def __init__(self, *recognizers: Recognizer, missing: Sequence[str] = ()) -> None:
        self._recognizers = {recognizer.name: recognizer for recognizer in recognizers or (squares(),)}
        self._missing = missing
        self.default = next(iter(self._recognizers))

    def names(self) -> list[str]:
        return [*self._recognizers, *self._missing]

    def canonical(self, name: str | None) -> str | None:
        return name

    def get(self, name: str | None = None) -> Recognizer:
        name = name or self.default
        if name in self._missing:
            raise WeightsUnavailable(f"The weights of {name} cannot be had. Download them.")
        if name not in self._recognizers:
            raise UnknownRecognizer(f"There is no recognizer called {name}.")
        return self._recognizers[name]

    def that_embedded(self, name: str) -> Recognizer:
        return self.get(name)

    def for_space(self, space: str) -> Recognizer:
        for recognizer in self._recognizers.values():
            if recognizer.space == space:
                return recognizer
        raise UnknownRecognizer(f"No recognizer makes {space} vectors.")

    def warm(self, name: str | None = None) -> None:
        self.get(name)
