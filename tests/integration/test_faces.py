"""Detection on labelled group photos, with the real weights."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from benchmarks.detection import labelled_points, measured
from pipeline import images
from pipeline.detectors.centerface import CenterFace
from pipeline.detectors.second_look import SecondLook
from pipeline.registry import CANDIDATE_FLOOR, DECODE_TARGET, Recognizers
from tests.boxes import overlap

pytestmark = pytest.mark.photos


def test_faces_of_labelled_groups_are_found_and_little_else(models: Path, labelled_photos: Path) -> None:
    groups = labelled_photos / "groups"
    photos = {groups / name: points for name, points in labelled_points(groups).items()}
    score = measured(Recognizers(models).get("dlib").detector, photos, DECODE_TARGET)
    assert score.found >= 0.98 * score.labelled
    assert score.boxes < 1.1 * score.labelled


def test_a_face_is_found_where_it_is_at_every_size(models: Path, labelled_photos: Path) -> None:
    """From 55 pixels in a scene to one that fills a photo of 12 megapixels."""
    recognizer = Recognizers(models).get("dlib")
    portrait = images.decode((labelled_photos / "people/Colin_Powell/Colin_Powell_0001.jpg").read_bytes())
    (own,) = recognizer.faces(portrait)
    for side in (160, 1000, 3000):
        canvas = np.full((3000, 4000, 3), 100, np.uint8)
        canvas[-side:, :side] = cv2.resize(portrait.pixels, (side, side), interpolation=cv2.INTER_AREA)
        _, faces = recognizer.read(images.encode_jpeg(canvas, max_side=4000))
        assert len(faces) == 1
        assert faces[0].box.x == pytest.approx(own.box.x * side / 250, abs=0.1 * own.box.width * side / 250)
        assert np.linalg.norm(faces[0].embedding - own.embedding) < 0.4


def test_a_photo_on_its_side_gives_the_same_face(models: Path, labelled_photos: Path) -> None:
    recognizer = Recognizers(models).get("dlib")
    path = labelled_photos / "people/Colin_Powell/Colin_Powell_0001.jpg"
    (own,) = recognizer.read(path.read_bytes())[1]
    exif = Pillow.Exif()
    exif[0x0112] = 6  # stored on its side, to be shown upright
    file = io.BytesIO()
    with Pillow.open(path) as photo:
        photo.transpose(Pillow.Transpose.ROTATE_90).save(file, "PNG", exif=exif)
    (face,) = recognizer.read(file.getvalue())[1]
    assert np.linalg.norm(face.embedding - own.embedding) < 0.1


def test_threads_share_a_recognizer(models: Path, labelled_photos: Path) -> None:
    recognizer = Recognizers(models).get("dlib")
    files = [path.read_bytes() for path in sorted((labelled_photos / "people/Ariel_Sharon").glob("*.jpg"))]
    alone = [recognizer.read(data)[1] for data in files]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda data: recognizer.read(data)[1], files))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(
            np.array([face.embedding for face in one]), np.array([face.embedding for face in other])
        )


def test_with_and_without_eight_bits_the_faces_are_the_same(models: Path, labelled_photos: Path) -> None:
    """What only suggests may be coarse: the judge is in floating point on every machine."""
    recognizer = Recognizers(models).get("dlib")
    judge = CenterFace.load(models)
    looks = [
        SecondLook(CenterFace.load(models, score_floor=CANDIDATE_FLOOR, eight_bits=eight), judge)
        for eight in (True, False)
    ]
    for name in ("bbt1.jpg", "bbt2.jpg", "014_5.jpg"):
        image = images.decode((labelled_photos / "groups" / name).read_bytes(), target=DECODE_TARGET)
        small, full = ([face for face in look.detect(image) if face.score > 0.6] for look in looks)
        assert len(small) == len(full) > 0
        for face in small:
            twin = max(full, key=lambda other: overlap(face.box, other.box))
            vectors = recognizer.embedder.embed([recognizer.aligner(image, one) for one in (face, twin)])
            assert np.linalg.norm(vectors[0] - vectors[1]) < 0.25
