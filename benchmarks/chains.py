"""Three chains from a photo's bytes to vectors, each as its users run it, for benchmarks/comparison.py."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.detectors.centerface import padded
from pipeline.detectors.centerface_graph import INPUT
from pipeline.images import shrunk
from pipeline.types import Box

Vectors = NDArray[np.float32]

PASSES = (960, 1280)
"""Long sides, in pixels, at which one pass of the detector is timed: that of our first look, and that of the
plain pipeline, which has no other (benchmarks/plain.py)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a chain found in a photo."""

    boxes: list[Box]
    vectors: Vectors  # (faces, dimensions)


class Stopwatch:
    """Adds up processor time by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Measures a block."""
        start = time.process_time()
        try:
            yield
        finally:
            self.seconds[name] += time.process_time() - start


class Chain(Protocol):
    """A way from photos to vectors. Making one imports its packages and loads its weights."""

    watch: Stopwatch
    threshold: float  # distance; infinite where nothing is known of the vectors

    def read(self, data: bytes) -> Seen:
        """A photo of an event."""
        ...


class Ours:
    """The default recognizer. Also adds up what its parts take by themselves, under names with `bare`.

    `bare decode`: OpenCV, at half the size where that is what is decoded. `bare networks`: all that ONNX
    Runtime spends inside. `bare pass at SIDE`: the detector's network once over the whole photo. `bare
    embed`: the embedder on the faces.
    """

    def __init__(self, models: Path) -> None:
        from pipeline import images
        from pipeline.detectors.centerface import CenterFace
        from pipeline.processor import multiplies_bytes
        from pipeline.registry import Recognizers

        self.watch, self._images, self._counts = Stopwatch(), images, False
        self._time_arithmetic()
        self._recognizer = Recognizers(models).get()
        quick = CenterFace.load(models, eight_bits=multiplies_bytes())
        self._network = quick.session.run
        self.threshold = self._recognizer.threshold

    def read(self, data: bytes) -> Seen:
        """Step by step, as `Recognizer.read` does it."""
        ours = self._recognizer
        with self.watch.of("decode"):
            image = self._images.decode(data, target=ours.decode_target)
        self._counts = True
        with self.watch.of("detect"):
            image, found = ours.looked(data, image)
        with self.watch.of("align"):
            chips = [ours.aligner(image, one) for one in found]
        with self.watch.of("embed"):
            vectors = ours.embedder.embed(chips)
        self._counts = False
        return Seen([one.box for one in found], vectors)

    def read_bare(self, data: bytes) -> None:
        """The parts by themselves: apart from `read`, whose memory they would use."""
        ours = self._recognizer
        image = self._images.decode(data, target=ours.decode_target)
        with self.watch.of("bare decode"):
            flags = cv2.IMREAD_REDUCED_COLOR_2 if image.scale < 1 else cv2.IMREAD_COLOR
            cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        for side in PASSES:
            pixels = padded(shrunk(image.pixels, side))
            with self.watch.of(f"bare pass at {side}"):
                self._network(None, {INPUT: pixels})
        image, found = ours.looked(data, image)
        chips = [ours.aligner(image, one) for one in found]
        with self.watch.of("bare embed"):
            ours.embedder.embed(chips)

    def _time_arithmetic(self) -> None:
        """Has every ONNX Runtime session of this process count what it takes."""
        import onnxruntime

        plain = onnxruntime.InferenceSession.run

        def run(session: Any, *args: Any, **options: Any) -> Any:
            if not self._counts:
                return plain(session, *args, **options)
            with self.watch.of("bare networks"):
                return plain(session, *args, **options)

        onnxruntime.InferenceSession.run = run


class Article:
    """The article's: full-resolution decoding, OpenCV's Haar cascade at its settings, CLIP by imgbeddings.

    With a network of CLIP's shape that knows nothing: what it costs can be measured, what it finds cannot.
    `threads` None: as many as imgbeddings and OpenCV take by themselves.
    """

    threshold = float("inf")

    def __init__(self, models: Path, threads: int | None = None) -> None:
        os.environ |= {"HF_HOME": str(models / "hf"), "HF_HUB_OFFLINE": "1"}
        from pipeline import images
        from pipeline.detectors.haar import Haar
        from pipeline.embedders.clip import Clip
        from pipeline.embedders.crop import BoxCrop

        self.watch, self._images = Stopwatch(), images
        self._haar, self._crop = Haar.load(), BoxCrop()
        self._clip = Clip.load(models / "clip.onnx", threads=threads or 1)
        if threads is None:
            from imgbeddings.utils import create_session_for_provider

            cv2.setNumThreads(-1)
            self._clip.model.session = create_session_for_provider(self._clip.model.model_path, None, False)

    def read(self, data: bytes) -> Seen:
        """Every box costs an embedding, false ones too."""
        with self.watch.of("decode"):
            image = self._images.decode(data)
        with self.watch.of("detect"):
            found = self._haar.detect(image)
        with self.watch.of("embed"):
            vectors = self._clip.embed([self._crop(image, one) for one in found])
        return Seen([one.box for one in found], vectors)


@dataclass
class FaceRecognition:
    """What the package face_recognition runs: dlib's HOG detector, five landmarks, dlib's own ResNet.

    `upsampled`: how often the photo is doubled first; the package's own default is once.
    """

    models: Path
    upsampled: int = 1
    threshold: float = 0.6  # the package's tolerance
    watch: Stopwatch = field(default_factory=Stopwatch)

    def __post_init__(self) -> None:
        import dlib

        from pipeline import images
        from pipeline.weights import package_file

        def weights(name: str) -> str:
            folder = ("face_recognition_models", f"models/{name}")
            return str(package_file(*folder, distribution="face-recognition-models"))

        self._images = images
        self._detector = dlib.get_frontal_face_detector()
        self._landmarks = dlib.shape_predictor(weights("shape_predictor_5_face_landmarks.dat"))
        self._network = dlib.face_recognition_model_v1(weights("dlib_face_recognition_resnet_model_v1.dat"))

    def read(self, data: bytes) -> Seen:
        """Full resolution, as the package loads it."""
        with self.watch.of("decode"):
            pixels = self._images.decode(data).pixels
        with self.watch.of("detect"):
            found = list(self._detector(pixels, self.upsampled))
        with self.watch.of("embed"):
            shapes = [self._landmarks(pixels, one) for one in found]
            vectors = [np.array(self._network.compute_face_descriptor(pixels, one)) for one in shapes]
        boxes = [Box(one.left(), one.top(), one.width(), one.height()) for one in found]
        return Seen(boxes, np.array(vectors, np.float32).reshape(-1, 128))


CHAINS: dict[str, Any] = {
    "FindMe's default": Ours,
    "the article's": Article,
    "the article's, one thread": lambda models: Article(models, threads=1),
    "face_recognition": FaceRecognition,
    "face_recognition, not upsampled": lambda models: FaceRecognition(models, upsampled=0),
}
"""By the name that the table gives them."""
