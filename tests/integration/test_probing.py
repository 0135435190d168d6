"""Probe photos as people have them: tight avatars, tiny ones, groups, and pictures without a face."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline import images
from pipeline.errors import NoFaceFound, UnreadablePhoto
from pipeline.recognizers import Recognizer
from pipeline.registry import Recognizers
from pipeline.types import Pixels


@pytest.fixture(scope="module")
def recognizer(models: Path) -> Recognizer:
    return Recognizers(models).get("dlib")


def png(pixels: Pixels) -> bytes:
    return cv2.imencode(".png", pixels[:, :, ::-1])[1].tobytes()


def cropped(pixels: Pixels, box: list[float], margin: float) -> tuple[Pixels, float, float]:
    """The square around a box, `margin` times as large, as far as the photo goes; and its top left corner."""
    x, y, width, height = box
    half = margin * max(width, height) / 2
    left, top = max(0, round(x + width / 2 - half)), max(0, round(y + height / 2 - half))
    right, bottom = round(x + width / 2 + half), round(y + height / 2 + half)
    return np.ascontiguousarray(pixels[top:bottom, left:right]), left, top


@pytest.mark.photos
@pytest.mark.parametrize(("margin", "first"), [(0.85, 0), (1.0, 1), (1.2, 2), (1.9, 3)])
def test_every_tight_crop_shows_its_own_face(
    recognizer: Recognizer, labelled_photos: Path, margin: float, first: int
) -> None:
    """Each margin on every fourth photo."""
    people = labelled_photos / "people"
    boxes = json.loads((people / "boxes.json").read_text())
    for name, box in sorted(boxes.items())[first::4]:
        whole = images.decode((people / name).read_bytes())
        pixels, left, top = cropped(whole.pixels, box, margin)
        probe = recognizer.probe(png(pixels))
        x, y = probe.face.box.centre
        assert abs(x + left - box[0] - box[2] / 2) < box[2] / 3, name
        assert abs(y + top - box[1] - box[3] / 2) < box[3] / 3, name
        own = recognizer.probe((people / name).read_bytes())
        assert np.linalg.norm(probe.face.embedding - own.face.embedding) < 0.4, name


@pytest.mark.photos
@pytest.mark.parametrize("side", [24, 72, 512])
def test_avatars_of_every_size_show_their_face(
    recognizer: Recognizer, labelled_photos: Path, side: int
) -> None:
    people = labelled_photos / "people"
    boxes = json.loads((people / "boxes.json").read_text())
    for name, box in sorted(boxes.items())[::11]:
        whole = images.decode((people / name).read_bytes())
        pixels, _, _ = cropped(whole.pixels, box, 1.2)
        avatar = cv2.resize(pixels, (side, side * pixels.shape[0] // pixels.shape[1]))
        probe = recognizer.probe(png(np.asarray(avatar, np.uint8)))
        assert probe.faces == 1, name
        assert probe.face.box.width > side / 3, name


@pytest.mark.photos
def test_a_group_says_how_many_faces_it_shows(recognizer: Recognizer, labelled_photos: Path) -> None:
    probe = recognizer.probe((labelled_photos / "groups" / "016_8.jpg").read_bytes())
    assert probe.faces == 8


def test_pictures_without_a_face_have_none(recognizer: Recognizer) -> None:
    random = np.random.default_rng(5)
    plain = np.full((512, 512, 3), 180, np.uint8)
    initials = plain.copy()
    cv2.putText(initials, "JD", (120, 320), cv2.FONT_HERSHEY_SIMPLEX, 7, (20, 60, 160), 20)
    noise = random.integers(0, 256, (400, 300, 3), np.uint8)
    for picture in (plain, initials, noise):
        with pytest.raises(NoFaceFound):
            recognizer.probe(png(picture))


def test_a_file_that_is_no_photo_is_named_as_such(recognizer: Recognizer) -> None:
    with pytest.raises(UnreadablePhoto):
        recognizer.probe(b"no photo")
