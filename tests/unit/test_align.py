"""Geometry of alignment, on points and pictures whose answer is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.embedders.align import (
    DLIB_SIZE,
    DLIB_TEMPLATE,
    BoxAligner,
    LandmarkAligner,
    sharpness,
)
from pipeline.geometry import similarity, warped
from pipeline.types import Box, Detection, Image, Pixels

COLOURS = np.array([[250, 0, 0], [0, 250, 0], [0, 0, 250], [250, 250, 0], [0, 250, 250]], np.uint8)


def moved(points: np.ndarray, *, scale: float, degrees: float, shift: tuple[float, float]) -> np.ndarray:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return scale * points @ turn.T + np.array(shift)


def dotted(points: np.ndarray, width: int, height: int, radius: int) -> Pixels:
    """A grey picture with a coloured dot at each point."""
    pixels = np.full((height, width, 3), 90, np.uint8)
    for point, colour in zip(points, COLOURS, strict=True):
        centre = round(float(point[0])), round(float(point[1]))
        cv2.circle(pixels, centre, radius, [int(value) for value in colour], -1)
    return pixels


@pytest.mark.parametrize("degrees", [0, 30, 90, 180, -45])
@pytest.mark.parametrize("scale", [0.2, 1.0, 7.0])
def test_similarity_undoes_turn_scale_and_shift(degrees: float, scale: float) -> None:
    points = moved(DLIB_TEMPLATE, scale=scale, degrees=degrees, shift=(40, -7))
    matrix = similarity(points, DLIB_TEMPLATE)
    np.testing.assert_allclose(points @ matrix[:, :2].T + matrix[:, 2], DLIB_TEMPLATE, atol=1e-8)


def test_similarity_never_mirrors() -> None:
    mirrored = DLIB_TEMPLATE * np.array([-1, 1])
    assert np.linalg.det(similarity(mirrored, DLIB_TEMPLATE)[:, :2]) > 0


def test_similarity_is_the_best_one() -> None:
    noise = np.random.default_rng(0).normal(0, 3, DLIB_TEMPLATE.shape)
    points = moved(DLIB_TEMPLATE, scale=2, degrees=20, shift=(5, 5)) + noise

    def error(matrix: np.ndarray) -> float:
        return float(((points @ matrix[:, :2].T + matrix[:, 2] - DLIB_TEMPLATE) ** 2).sum())

    best = similarity(points, DLIB_TEMPLATE)
    for degrees, scale in [(1, 1), (-1, 1), (0, 1.01), (0, 0.99)]:
        turned = moved(best[:, :2].T, scale=scale, degrees=degrees, shift=(0, 0)).T
        centred = DLIB_TEMPLATE.mean(axis=0) - turned @ points.mean(axis=0)
        assert error(np.column_stack([turned, centred])) > error(best)


def test_points_that_coincide_make_no_nan() -> None:
    matrix = similarity(np.full((5, 2), 33.0), DLIB_TEMPLATE)
    assert np.isfinite(matrix).all()
    assert warped(np.zeros((50, 50, 3), np.uint8), matrix, DLIB_SIZE).shape == (DLIB_SIZE, DLIB_SIZE, 3)


@pytest.mark.parametrize("scale", [0.6, 1.0, 3.0, 9.0])
@pytest.mark.parametrize("decoded", [1.0, 0.5])
def test_landmarks_land_on_the_template(scale: float, decoded: float) -> None:
    points = moved(DLIB_TEMPLATE, scale=scale, degrees=25, shift=(120 * scale, 40 * scale))
    side = round(260 * scale)
    pixels = dotted(
        points * decoded, round(side * decoded), round(side * decoded), max(2, round(5 * scale * decoded))
    )
    image = Image(pixels, side, side, decoded, 0.0)
    face = Detection(Box(0, 0, 1, 1), 1.0, points.astype(np.float32))
    chip = LandmarkAligner(DLIB_TEMPLATE, DLIB_SIZE)(image, face)
    for (x, y), colour in zip(DLIB_TEMPLATE, COLOURS, strict=True):
        assert np.abs(chip[round(y), round(x)].astype(int) - colour).max() < 60


def test_beyond_the_photo_it_is_black() -> None:
    image = Image(np.full((40, 40, 3), 200, np.uint8), 40, 40, 1.0, 0.0)
    chip = BoxAligner(60)(image, Detection(Box(-20, -20, 40, 40), 1.0))
    assert chip[5, 5].tolist() == [0, 0, 0]
    assert chip[50, 50].tolist() == [200, 200, 200]


def test_large_faces_are_averaged_not_sampled() -> None:
    """A fine checkerboard is grey from afar; sampling every tenth pixel would show black and white."""
    board = (np.indices((1500, 1500)).sum(axis=0) % 2 * 255).astype(np.uint8)
    image = Image(np.repeat(board[:, :, None], 3, axis=2), 1500, 1500, 1.0, 0.0)
    chip = BoxAligner(150)(image, Detection(Box(0, 0, 1500, 1500), 1.0))
    assert chip[5:-5, 5:-5].astype(float).std() < 8


def test_blur_lowers_sharpness_and_light_does_not() -> None:
    noise = np.random.default_rng(1).integers(0, 200, (150, 150, 3), np.uint8)
    chip = np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.5), np.uint8)
    blurred = np.asarray(cv2.GaussianBlur(chip, (0, 0), 3), np.uint8)
    assert sharpness(blurred) < sharpness(chip) / 2
    assert sharpness((chip * 0.5).astype(np.uint8)) == pytest.approx(sharpness(chip), rel=0.15)


def test_a_flat_chip_has_no_sharpness() -> None:
    assert sharpness(np.full((150, 150, 3), 128, np.uint8)) == 0.0


@pytest.mark.parametrize("scale", [0.49, 0.3, 0.2, 0.11])
@pytest.mark.parametrize("corner", [(0, 0), (101, 57), (263, 141)])
def test_a_large_face_is_shrunk_in_place(corner: tuple[int, int], scale: float) -> None:
    """Wherever it lies, and however its cut-out's sides divide: a slope shows where each pixel came from."""
    columns, rows = np.meshgrid(np.arange(401), np.arange(301))
    photo = np.stack([columns * 0.5, rows * 0.5, np.zeros_like(rows)], axis=-1).round().astype(np.uint8)
    matrix = np.array([[scale, 0, -corner[0] * scale], [0, scale, -corner[1] * scale]])
    chip = warped(photo, matrix, 16).astype(float)
    middles = np.arange(1, 12) / scale
    xs, ys = corner[0] + middles, corner[1] + middles
    inside_x, inside_y = xs < 400 - 1 / scale, ys < 300 - 1 / scale
    np.testing.assert_allclose(chip[1, 1:12, 0][inside_x], xs[inside_x] * 0.5, atol=1.5)
    np.testing.assert_allclose(chip[1:12, 1, 1][inside_y], ys[inside_y] * 0.5, atol=1.5)


@pytest.mark.parametrize("scale", [0.49, 0.24, 0.11])
@pytest.mark.parametrize("corner", [(0, 0), (101, 57), (701, 463), (970, 730)])
def test_what_is_halved_divides_without_a_rest(
    corner: tuple[int, int], scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenCV takes a fourteenth of the time then; also where the photo ends."""
    halved = []
    plain = cv2.resize

    def resize(pixels: Pixels, size: tuple[int, int], **options: int) -> Pixels:
        halved.append((pixels.shape[1], pixels.shape[0]))
        return np.asarray(plain(pixels, size, **options), np.uint8)

    monkeypatch.setattr(cv2, "resize", resize)
    matrix = np.array([[scale, 0, -corner[0] * scale], [0, scale, -corner[1] * scale]])
    warped(np.zeros((751, 1001, 3), np.uint8), matrix, 32)
    assert len(halved) == int(np.ceil(np.log2(0.5 / scale)))
    assert all(width % 2 == height % 2 == 0 for width, height in halved)
    assert halved[0][0] >= min(32 / scale, 1001 - corner[0]) - 1
