"""The recognizers sface and onnx, on small models of the same form as the real ones."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline import images
from pipeline.calibration import MOST, UNMEASURED
from pipeline.embedders.align import LandmarkAligner
from pipeline.embedders.arcface_onnx import ArcFaceOnnx, FaceInput
from pipeline.embedders.arcface_template import SIZE, TEMPLATE
from pipeline.embedders.unit import distance_of, of_length_one
from pipeline.errors import WeightsUnavailable
from pipeline.finder import PhotoFinder
from pipeline.model_files import SFACE, YUNET
from pipeline.recognizers import Recognizer
from pipeline.registry import ModelPaths, Recognizers
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import Box, Detection, EventKey, Image, Strength
from tests.acceptance import portraits
from tests.fakes import face_models
from tests.fakes.face_models import MAGENTA, RED, scene

FACE = FaceInput(112, (127.5,) * 3, (1 / 127.5,) * 3, rgb=True)


@pytest.fixture(scope="module")
def sface_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder as `findme models fetch sface` leaves it, with small models."""
    folder = tmp_path_factory.mktemp("models")
    face_models.write_yunet(folder / YUNET.name)
    face_models.write_sface(folder / SFACE.name)
    return folder


@pytest.fixture(scope="module")
def sface(sface_models: Path) -> Recognizer:
    return Recognizers(sface_models).get("sface")


def own_recognizers(folder: Path, models: Path, more: str = "") -> Recognizers:
    """A registry with a small model of one's own called arcface."""
    face_models.write_arcface(folder / "own.onnx")
    toml = folder / "own.toml"
    toml.write_text(f'name = "arcface"\nmodel = "own.onnx"\n{more}')
    return Recognizers(models, paths=ModelPaths(own=toml))


def test_yunet_gives_boxes_and_landmarks_in_pixels_of_the_whole_photo(sface: Recognizer) -> None:
    data = scene(RED, MAGENTA, size=(640, 480))
    whole = images.decode(data)
    half = Image(whole.pixels, 1280, 960, 0.5, 0.0)
    found = sorted(sface.detector.detect(whole), key=lambda face: face.box.x)
    assert [face.box for face in found] == [Box(40, 80, 40, 40), Box(160, 80, 40, 40)]
    assert found[0].landmarks is not None
    assert found[0].landmarks.tolist() == [[52, 92], [68, 92], [60, 100], [54, 110], [66, 110]]
    assert all(0.6 <= face.score <= 1 for face in found)
    found = sorted(sface.detector.detect(half), key=lambda face: face.box.x)
    assert [face.box for face in found] == [Box(80, 160, 80, 80), Box(320, 160, 80, 80)]


def test_a_photo_without_faces_has_none(sface: Recognizer) -> None:
    assert sface.read(scene())[1] == []


def test_sface_tells_people_apart(sface: Recognizer) -> None:
    (one,), (same,), (other,) = (sface.read(scene(colour))[1] for colour in (RED, (215, 30, 30), MAGENTA))
    assert one.embedding.shape == (128,)
    assert np.linalg.norm(one.embedding) == pytest.approx(1)
    near = np.linalg.norm(one.embedding - same.embedding)
    assert near < 0.1 < np.linalg.norm(one.embedding - other.embedding)
    assert sface.strength(float(near)) is Strength.POSSIBLE, "nobody has measured it"


def test_several_threads_may_share_it(sface: Recognizer) -> None:
    photos = [scene(RED, size=(320, 240)), scene(MAGENTA, RED, size=(480, 320))] * 8
    alone = [sface.read(photo)[1] for photo in photos[:2]]
    with ThreadPoolExecutor(4) as pool:
        for place, (_, faces) in enumerate(pool.map(sface.read, photos)):
            assert [face.box for face in faces] == [face.box for face in alone[place % 2]]
            for face, expected in zip(faces, alone[place % 2], strict=True):
                assert (face.embedding == expected.embedding).all()


def test_an_event_is_indexed_and_searched_with_sface(
    sface_models: Path, store: Store, tmp_path: Path
) -> None:
    for name, colours in {"red.jpg": [RED], "both.jpg": [RED, MAGENTA], "magenta.jpg": [MAGENTA]}.items():
        (tmp_path / name).write_bytes(scene(*colours))
    finder = PhotoFinder(store, Recognizers(sface_models), lambda path: FolderSource(Path(path)))
    report = finder.index(FolderSource(tmp_path), EventKey("squares"), recognizer="sface")
    assert (report.photos, report.faces) == (3, 4)
    event = finder.event("squares")
    assert (event.recognizer, event.space) == ("sface", "sface-1")
    found = finder.find(finder.probe(scene(RED), event), events=[event], threshold=0.1)
    assert {match.photo for match in found.matches} == {"red.jpg", "both.jpg"}


def test_files_of_another_kind_are_named(sface_models: Path, tmp_path: Path) -> None:
    (tmp_path / "no.onnx").write_text("nothing of the kind")
    for paths, setting in (
        (ModelPaths(sface_detector=tmp_path / "no.onnx"), "FINDME_SFACE_DETECTOR"),
        (ModelPaths(sface_detector=sface_models / SFACE.name), "FINDME_SFACE_DETECTOR"),
        (ModelPaths(sface_model=tmp_path / "no.onnx"), "FINDME_SFACE_MODEL"),
        (ModelPaths(sface_model=sface_models / YUNET.name), "FINDME_SFACE_MODEL"),
    ):
        with pytest.raises(WeightsUnavailable, match=setting):
            Recognizers(sface_models, paths=paths).get("sface")


def test_chips_are_those_of_opencvs_own_alignment(sface_models: Path) -> None:
    """FaceRecognizerSF.alignCrop, on a turned face as large as the chip."""
    pixels = np.asarray(portraits.eileen())
    turn = cv2.getRotationMatrix2D((0.0, 0.0), 20, 1.0)
    points = (TEMPLATE @ turn[:, :2].T + np.array([120.0, 90.0])).astype(np.float32)
    image = Image(np.ascontiguousarray(pixels), pixels.shape[1], pixels.shape[0], 1.0, 0.0)
    ours = LandmarkAligner(TEMPLATE, SIZE)(image, Detection(Box(120, 90, 112, 112), 1.0, points))
    row = np.array([120, 90, 112, 112, *points.ravel(), 1.0], np.float32)
    opencv = cv2.FaceRecognizerSF.create(str(sface_models / SFACE.name), "")
    theirs = opencv.alignCrop(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), row)[..., ::-1]
    assert np.abs(ours.astype(int) - theirs.astype(int)).mean() < 1


def test_a_model_of_ones_own_embeds_faces(tmp_path: Path, models: Path) -> None:
    recognizers = own_recognizers(tmp_path, models)
    recognizer = recognizers.get("onnx")
    assert recognizer is recognizers.get("arcface")
    assert recognizer is recognizers.for_space(recognizer.space)
    assert recognizer.weights is not None, "whose vectors those are is kept beside them"
    (face,) = recognizer.read(portraits.jpeg(portraits.grace()))[1]
    assert face.embedding.shape == (64,)
    assert np.linalg.norm(face.embedding) == pytest.approx(1)
    assert recognizer.strength(0.0) is Strength.POSSIBLE, "no threshold is given"


def test_a_threshold_alone_makes_no_strong_matches(tmp_path: Path, models: Path) -> None:
    recognizer = own_recognizers(tmp_path, models, "cosine = 0.5\n").get("onnx")
    assert recognizer.threshold == pytest.approx(1.0)
    assert recognizer.strength(0.0) is Strength.POSSIBLE
    assert recognizer.confidence(0.0) == UNMEASURED
    assert recognizer.confidence(1.0) == pytest.approx(0.5)


def test_a_calibration_of_ones_own_is_used(tmp_path: Path, models: Path) -> None:
    said = "threshold = 1.0\nstrong = 0.9\neven = 0.95\nsteepness = 40\n"
    recognizer = own_recognizers(tmp_path, models, said).get("onnx")
    assert (recognizer.strength(0.85), recognizer.strength(0.95)) == (Strength.STRONG, Strength.POSSIBLE)
    assert recognizer.confidence(0.1) == MOST


@pytest.mark.parametrize("batch", [1, "batch"])
def test_models_of_one_face_and_of_many_give_the_same_vectors(tmp_path: Path, batch: int | str) -> None:
    model = face_models.write_arcface(tmp_path / "own.onnx", batch=batch).read_bytes()
    embedder = ArcFaceOnnx(model, FACE, name="own.onnx")
    chips = [np.full((112, 112, 3), shade, np.uint8) for shade in range(0, 250, 12)]
    vectors = embedder.embed(chips)
    assert vectors.shape == (len(chips), 64)
    assert np.allclose(vectors[3], embedder.embed(chips[3:4])[0], atol=1e-6)
    assert embedder.embed([]).shape == (0, 64)


def test_colours_mean_and_scale_are_as_the_model_wants_them(tmp_path: Path) -> None:
    model = face_models.write_arcface(tmp_path / "own.onnx").read_bytes()
    chip = np.full((112, 112, 3), RED, np.uint8)
    spread = np.random.default_rng(7).normal(size=(3, 64)).astype(np.float32)  # as the model has it
    face = FaceInput(112, (10.0, 20.0, 30.0), (0.5, 1.0, 2.0), rgb=False)
    blue, green, red = (30 - 10) * 0.5, (30 - 20) * 1.0, (220 - 30) * 2.0
    expected = of_length_one(np.array([[blue, green, red]], np.float32) @ spread)
    assert np.allclose(ArcFaceOnnx(model, face, name="own.onnx").embed([chip]), expected, atol=1e-5)


@pytest.mark.parametrize("kind", ["text", "other size", "detector"])
def test_a_model_of_another_kind_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "other.onnx"
    if kind == "text":
        path.write_text("nothing of the kind")
    elif kind == "detector":
        face_models.write_yunet(path)
    else:
        face_models.write_arcface(path, size=96)
    with pytest.raises(WeightsUnavailable, match=r"other\.onnx cannot be used as a face model"):
        ArcFaceOnnx(path.read_bytes(), FACE, name=path.name)


def test_euclidean_distance_orders_as_the_cosine_does() -> None:
    vectors = of_length_one(np.random.default_rng(3).normal(size=(20, 8)).astype(np.float32))
    for other in vectors[1:]:
        cosine = float(vectors[0] @ other)
        assert np.linalg.norm(vectors[0] - other) == pytest.approx(distance_of(cosine), abs=1e-5)
    assert distance_of(0.363) == pytest.approx(1.128, abs=1e-3), "OpenCV names both for SFace"
    assert distance_of(1.0) == 0
    assert distance_of(-1.0) == 2
    assert math.isfinite(float(of_length_one(np.zeros((1, 8), np.float32)).sum()))
