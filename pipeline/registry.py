"""The recognizers that there are. The only module of the pipeline that names concrete adapters."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import calibration, model_files, unit_calibration
from pipeline.errors import OwnModelMissing, UnknownRecognizer, WeightsUnavailable
from pipeline.recognizers import Recognizer

if TYPE_CHECKING:
    from pipeline.closer_look import CloserLook
    from pipeline.own_model import OwnModel
    from pipeline.ports import Detector

DECODE_TARGET = 2000
"""Long side, in pixels, that gallery photos are decoded to at least.

A photo of 6 megapixels (3000 wide) is read in full, one of 12 or more at half its size or less, which halves
the time of decoding and costs nothing for faces that the detector finds at its 960 pixels. Photos of
small faces are decoded once more, larger: pipeline/closer_look.py.
"""

CANDIDATE_FLOOR = 0.05
"""Score from which CenterFace's detections are looked at a second time."""

CLOSER_SIDE = 1920
"""Long side, in pixels, of the photo as it is looked at again where its faces are small."""

CLOSEST_SIDE = 2880
"""Long side, in pixels, of the photo as it is looked at once more where they are small even there."""

ONNX = "onnx"
"""What the recognizer of FINDME_ONNX_RECOGNIZER is called besides the name that its own file gives it."""


@dataclass(frozen=True, slots=True)
class ModelPaths:
    """Where models are that no package brings; None: not given."""

    clip: Path | None = None  # ONNX file; None: from the Hugging Face hub
    sface_detector: Path | None = None  # opencv_zoo's YuNet; None: where `findme models fetch` puts it
    sface_model: Path | None = None  # opencv_zoo's SFace; None: the same
    own: Path | None = None  # TOML file that describes a model of one's own


PROBE_SIDES, PROBE_FLOOR = (1280, 320), 0.1
"""Long sides of the passes over a probe photo, in pixels, and the score that the first is looked at from."""


class Recognizers:
    """Recognizers by name, each built once, when it is first asked for. Several threads may share it."""

    def __init__(
        self, models: Path, *, default: str = "dlib", threads: int = 1, paths: ModelPaths | None = None
    ) -> None:
        """`models`: folder for built and fetched ONNX files; `threads`: of one inference.

        Loads no model yet. Raises UnknownRecognizer when there is no recognizer named `default`, and
        WeightsUnavailable when it is the one that a TOML file describes, and that says nothing usable.
        """
        self._models = models
        self._threads = threads
        self._paths = paths or ModelPaths()
        self._own: OwnModel | None = None
        self._factories: dict[str, Callable[[], Recognizer]] = {
            "dlib": self._dlib,
            "clip": self._clip,
            "sface": self._sface,
        }
        self._built: dict[str, Recognizer] = {}
        self._building = threading.Lock()
        self.default = self._known(default)

    def names(self) -> list[str]:
        """The recognizers that one may ask for; their weights may be missing."""
        return [*self._factories, ONNX]

    def get(self, name: str | None = None) -> Recognizer:
        """The recognizer of that name, None for the default. Raises UnknownRecognizer, WeightsUnavailable."""
        name = self._known(name or self.default)
        if name not in self._built:
            with self._building:
                if name not in self._built:
                    self._built[name] = self._factories.get(name, self._onnx)()
        return self._built[name]

    def canonical(self, name: str | None) -> str | None:
        """The name under which a recognizer's vectors live; None for None. Raises as `get`."""
        return None if name is None else self._known(name)

    def that_embedded(self, name: str) -> Recognizer:
        """The recognizer that an event's faces were embedded by; `name`: as the database keeps it.

        Raises OwnModelMissing when there is none of that name, WeightsUnavailable.
        """
        try:
            return self.get(name)
        except UnknownRecognizer:
            raise OwnModelMissing(
                f"The event's faces were embedded by {name}, a model of one's own: FINDME_ONNX_RECOGNIZER "
                f"must name the TOML file that describes {name}. Or move the event to another recognizer "
                "with `findme reindex EVENT --recognizer NAME`."
            ) from None

    def for_space(self, space: str) -> Recognizer:
        """The recognizer whose vectors live in that space.

        Raises OwnModelMissing when there is none of that name, UnknownRecognizer when there is only another
        version, WeightsUnavailable.
        """
        recognizer = self.that_embedded(space.rpartition("-")[0] or space)
        if recognizer.space != space:
            raise UnknownRecognizer(
                f"The event's faces were embedded by {space}, and this FindMe has {recognizer.space}: run "
                "`findme reindex EVENT`, which embeds them anew."
            )
        return recognizer

    def warm(self) -> None:
        """Builds the default recognizer ahead of its first use. Raises WeightsUnavailable."""
        self.get()

    def _known(self, name: str) -> str:
        """The name under which a recognizer's vectors live. Raises UnknownRecognizer, WeightsUnavailable."""
        if name in self._factories:
            return name
        if name == ONNX or self._paths.own is not None:
            own = self._own_model()
            if name in (ONNX, own.name):
                return own.name
            raise UnknownRecognizer(_unknown(name, [*self._factories, own.name]))
        raise UnknownRecognizer(_unknown(name, self.names()))

    def _own_model(self) -> OwnModel:
        """What the TOML file says, read when it is first asked for."""
        from pipeline.own_model import read_own_model

        if self._own is None:
            if self._paths.own is None:
                raise WeightsUnavailable(
                    "The recognizer onnx is a model of your own: set FINDME_ONNX_RECOGNIZER to the TOML file "
                    "that describes it (docs/recognizers.md)."
                )
            own = read_own_model(self._paths.own)
            if own.name in (*self._factories, ONNX):
                raise WeightsUnavailable(
                    f"{self._paths.own} gives its model the name {own.name}, which another recognizer has: "
                    "choose another name."
                )
            self._own = own
        return self._own

    # Adapters are imported where they are built, so that commands without faces start without ONNX Runtime.

    def _centerface(self) -> tuple[Detector, Detector, tuple[CloserLook, ...]]:
        """(for the gallery's photos, for probes, for the gallery's photos of small faces)"""
        from pipeline.closer_look import CloserLook
        from pipeline.detectors.centerface import LONG_SIDES, CenterFace
        from pipeline.detectors.second_look import DOUBT_FLOOR, SecondLook
        from pipeline.detectors.tiles import Tiles
        from pipeline.processor import multiplies_bytes

        exact = CenterFace.load(self._models, threads=self._threads, score_floor=DOUBT_FLOOR)
        judge = replace(exact, long_sides=LONG_SIDES[:1])  # of cut-outs, which one pass sees in full
        quick = CenterFace.load(self._models, threads=self._threads, eight_bits=multiplies_bytes())
        first = replace(quick, score_floor=CANDIDATE_FLOOR)
        closer = replace(first, long_sides=(CLOSER_SIDE,))
        closest = Tiles(closer, CLOSEST_SIDE)
        probes = replace(quick, long_sides=PROBE_SIDES, score_floor=PROBE_FLOOR)
        looks = (
            CloserLook(SecondLook(closer, judge), LONG_SIDES[0], CLOSEST_SIDE, where_none=True),
            CloserLook(SecondLook(closest, judge), CLOSER_SIDE, CLOSEST_SIDE, where_none=False),
        )
        return SecondLook(first, judge), SecondLook(probes, judge), looks

    def _dlib(self) -> Recognizer:
        from pipeline.embedders.align import DLIB_SIZE, DLIB_TEMPLATE, LandmarkAligner
        from pipeline.embedders.dlib_resnet import DlibResNet
        from pipeline.embedders.mirrored import Mirrored
        from pipeline.processor import multiplies_bytes

        exact = DlibResNet(self._models, threads=self._threads)
        quick = exact
        if multiplies_bytes():
            quick = DlibResNet(self._models, threads=self._threads, eight_bits=True)
        detector, probe_detector, closer_looks = self._centerface()
        return Recognizer(
            name="dlib",
            version=2,
            detector=detector,
            aligner=LandmarkAligner(DLIB_TEMPLATE, DLIB_SIZE),
            embedder=Mirrored(quick),
            probe_embedder=Mirrored(exact),
            calibration=calibration.DLIB,
            decode_target=DECODE_TARGET,
            probe_detector=probe_detector,
            closer_looks=closer_looks,
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
            embedder=Clip.load(self._paths.clip, threads=self._threads),
            calibration=calibration.CLIP,
            decode_target=None,  # its detector looks at photos in full, as in the articles
        )

    def _sface(self) -> Recognizer:
        from pipeline.detectors.yunet import YuNet
        from pipeline.embedders.align import LandmarkAligner
        from pipeline.embedders.arcface_template import SIZE, TEMPLATE
        from pipeline.embedders.sface import SFace

        detector = _fetched(model_files.YUNET, self._models, self._paths.sface_detector)
        model = _fetched(model_files.SFACE, self._models, self._paths.sface_model)
        return Recognizer(
            name="sface",
            version=1,
            detector=YuNet.load(detector, threads=self._threads),
            aligner=LandmarkAligner(TEMPLATE, SIZE),
            embedder=SFace.load(model, threads=self._threads),
            calibration=unit_calibration.SFACE,
            decode_target=DECODE_TARGET,
        )

    def _onnx(self) -> Recognizer:
        from pipeline.embedders.align import LandmarkAligner
        from pipeline.embedders.arcface_onnx import ArcFaceOnnx

        own = self._own_model()
        try:
            model = own.model.read_bytes()
        except OSError as error:
            raise WeightsUnavailable(
                f"The model {own.model} cannot be read ({error.strerror}): correct `model` in "
                f"{self._paths.own}."
            ) from None
        detector, probe_detector, closer_looks = self._centerface()
        return Recognizer(
            name=own.name,
            version=own.space_version(model),
            detector=detector,
            aligner=LandmarkAligner(own.template, own.face.size),
            embedder=ArcFaceOnnx(model, own.face, name=str(own.model), threads=self._threads),
            calibration=own.calibration,
            decode_target=DECODE_TARGET,
            probe_detector=probe_detector,
            weights=own.digest(model),
            closer_looks=closer_looks,
        )


def _fetched(file: model_files.ModelFile, models: Path, given: Path | None) -> Path:
    """Where a model file is. Raises WeightsUnavailable."""
    path = given or models / file.name
    if not path.is_file():
        raise WeightsUnavailable(
            f"The recognizer {file.recognizer} needs {path}, which is not there: run `findme models fetch "
            f"{file.recognizer}`, or set {file.setting} to the file {file.name}."
        )
    return path


def _unknown(name: str, there: list[str]) -> str:
    return f"There is no recognizer named {name}; there are: {', '.join(there)}."
