"""The Haar cascade: OpenCV's own boxes, at the settings of the articles on it, in full-size pixels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest

from pipeline import images
from pipeline.detectors.haar import Haar
from pipeline.embedders.crop import BoxCrop
from pipeline.errors import WeightsUnavailable
from pipeline.types import Box, Detection, Image

PORTRAIT = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"  # public domain, 512 x 600


@pytest.fixture(scope="module")
def portrait() -> Image:
    return images.decode(PORTRAIT.read_bytes())


def test_gives_opencvs_boxes(portrait: Image) -> None:
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    grey = cv2.cvtColor(portrait.pixels, cv2.COLOR_RGB2GRAY)
    for step, neighbours, least in ((1.05, 2, 100), (1.1, 5, 30)):
        expected = cascade.detectMultiScale(grey, step, neighbours, minSize=(least, least))
        haar = Haar.load(scale_factor=step, min_neighbors=neighbours, min_size=least)
        assert sorted(found.box.rounded() for found in haar.detect(portrait)) == sorted(map(list, expected))


def test_finds_the_face_without_landmarks(portrait: Image) -> None:
    found = Haar.load().detect(portrait)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert 0.5 < found[0].score < 1
    assert found[0].landmarks is None
    assert np.hypot(found[0].box.centre[0] - 268, found[0].box.centre[1] - 217) < 20


def test_boxes_of_a_reduced_photo_are_in_full_size_pixels(portrait: Image) -> None:
    big = cv2.resize(portrait.pixels, None, fx=2, fy=2)
    half = Image(portrait.pixels, big.shape[1], big.shape[0], 0.5, 0.0)
    box = Haar.load(min_size=200).detect(half)[0].box
    assert np.hypot(box.centre[0] - 536, box.centre[1] - 434) < 40


def test_the_least_size_holds(portrait: Image) -> None:
    assert not Haar.load(min_size=400).detect(portrait)


def test_nothing_in_a_blank_photo() -> None:
    for size in (1, 20, 300):
        assert Haar.load().detect(Image(np.zeros((size, size, 3), np.uint8), size, size, 1.0, 0.0)) == []


def test_many_threads_at_once(portrait: Image) -> None:
    haar = Haar.load(scale_factor=1.2)
    alone = [found.box for found in haar.detect(portrait)]
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(haar.detect, [portrait] * 12):
            assert [one.box for one in found] == alone


def test_opencv_5_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "CascadeClassifier")
    with pytest.raises(WeightsUnavailable, match="below version 5"):
        Haar.load()


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(10, 20, 30, 40), (slice(20, 60), slice(10, 40))),
        (Box(-5, -5, 20, 20), (slice(0, 15), slice(0, 15))),
        (Box(90, 70, 50, 50), (slice(70, 80), slice(90, 100))),
        (Box(500, 500, 5, 5), (slice(79, 80), slice(99, 100))),
        (Box(-50, -50, 5, 5), (slice(0, 1), slice(0, 1))),
        (Box(10.2, 10.2, 0.1, 0.1), (slice(10, 11), slice(10, 11))),
    ],
)
def test_a_crop_is_the_box_as_far_as_the_photo_goes(box: Box, expected: tuple[slice, slice]) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (80, 100, 3), np.uint8)
    chip = BoxCrop()(Image(pixels, 100, 80, 1.0, 0.0), Detection(box, 1.0))
    np.testing.assert_array_equal(chip, pixels[expected])


def test_a_crop_of_a_reduced_photo() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (80, 100, 3), np.uint8)
    chip = BoxCrop()(Image(pixels, 200, 160, 0.5, 0.0), Detection(Box(20, 40, 60, 80), 1.0))
    np.testing.assert_array_equal(chip, pixels[20:60, 10:40])
