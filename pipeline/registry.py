"""The recognizers that there are. The only module of the pipeline that names concrete adapters."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pipeline import calibration
from pipeline.errors import UnknownRecognizer
from pipeline.recognizers import Recognizer

DECODE_TARGET = 2000
"""Long side, in pixels, that gallery photos are decoded to at least.

A photo of 6 megapixels (3000 wide) is read in full, one of 12 or more at half its size or less, which halves
the time of decoding and costs nothing for faces that the detector finds at its 1280 pixels.
"""

CANDIDATE_FLOOR = 0.05
"""Score from which CenterFace's detections are looked at a second time."""


PROBE_SIDES, PROBE_FLOOR = (1280, 320), 0.1
"""Long sides of the passes over a probe photo, in floating point, and the score they are looked at from."""


class Recognizers:
    """Recognizers by name, each built once, when it is first asked for. Several threads may share it."""

    def __init__(
        self, models: Path, *, default: str = "dlib", threads: int = 1, clip_model: Path | None = None
    ) -> None:
        """`models`: folder for built ONNX files; `threads`: of one inference; `clip_model`: ONNX file for
        clip.

        Loads nothing yet. Raises UnknownRecognizer when there is no recognizer named `default`.
        """
        self._models = models
        self._threads = threads
        self._clip_model = clip_model
        self._factories: dict[str, Callable[[], Recognizer]] = {"dlib": self._dlib, "clip": self._clip}
        self._built: dict[str, Recognizer] = {}
        self._building = threading.Lock()
        self.default = self._known(default)

    def names(self) -> list[str]:
        """The recognizers that one may ask for; their weights may be missing."""
        return list(self._factories)

    def get(self, name: str | None = None) -> Recognizer:
        """The recognizer of that name, None for the default. Raises UnknownRecognizer, WeightsUnavailable."""
        name = self._known(name or self.default)
        if name not in self._built:
            with self._building:
                if name not in self._built:
                    self._built[name] = self._factories[name]()
        return self._built[name]

    def for_space(self, space: str) -> Recognizer:
        """The recognizer whose vectors live in that space.

        Raises UnknownRecognizer when there is none of that name, or only of another version.
        """
        recognizer = self.get(space.rpartition("-")[0] or space)
        if recognizer.space != space:
            raise UnknownRecognizer(
                f"The vectors were made by {space}, and this FindMe has {recognizer.space}: "
                "forget the event and index it again."
            )
        return recognizer

    def warm(self, name: str | None = None) -> None:
        """Builds a recognizer ahead of its first use. Raises UnknownRecognizer, WeightsUnavailable."""
        self.get(name)

    def _known(self, name: str) -> str:
        if name not in self._factories:
            raise UnknownRecognizer(
                f"There is no recognizer named {name}; there are: {', '.join(self._factories)}."
            )
        return name

    # Adapters are imported where they are built, so that commands without faces start without ONNX Runtime.

    def _dlib(self) -> Recognizer:
        from pipeline.detectors.centerface import CenterFace
        from pipeline.detectors.second_look import SecondLook
        from pipeline.embedders.align import DLIB_SIZE, DLIB_TEMPLATE, LandmarkAligner
        from pipeline.embedders.dlib_resnet import DlibResNet
        from pipeline.processor import multiplies_bytes

        judge = CenterFace.load(self._models, threads=self._threads)
        return Recognizer(
            name="dlib",
            version=1,
            detector=SecondLook(
                suggests=CenterFace.load(
                    self._models,
                    threads=self._threads,
                    score_floor=CANDIDATE_FLOOR,
                    eight_bits=multiplies_bytes(),
                ),
                judges=judge,
            ),
            aligner=LandmarkAligner(DLIB_TEMPLATE, DLIB_SIZE),
            embedder=DlibResNet(self._models, threads=self._threads),
            calibration=calibration.DLIB,
            decode_target=DECODE_TARGET,
            probe_detector=SecondLook(
                suggests=replace(judge, long_sides=PROBE_SIDES, score_floor=PROBE_FLOOR), judges=judge
            ),
        )

    def _clip(self) -> Recognizer:
        from pipeline.detectors.haar import Haar
        from pipeline.embedders.clip import Clip
        from pipeline.embedders.crop import BoxCrop

        return Recognizer(
            name="clip",
            version=1,
            detector=Haar.load(),
            aligner=BoxCrop(),
            embedder=Clip.load(self._clip_model),
            calibration=calibration.CLIP,
            decode_target=None,  # its detector looks at photos in full, as in the articles
        )
