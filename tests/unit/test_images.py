"""Decoding: every kind of photo comes out complete, upright and in the right colours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import features

from pipeline import images
from tests.fakes import odd_photos
from tests.fakes.odd_photos import encoded
from tests.unit.quarters import (
    BLUE,
    CORNERS,
    FADED,
    HEIGHT,
    KINDS,
    LOOSE,
    RED,
    WIDTH,
    quarters,
    seen,
    shows,
)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_comes_out_upright_in_its_colours(name: str) -> None:
    image = images.decode(KINDS[name])
    assert (image.width, image.height, image.scale) == (WIDTH, HEIGHT, 1.0)
    assert image.pixels.shape == (HEIGHT, WIDTH, 3)
    if name == "transparent.png":
        shows(image, FADED)
    elif name == "scratched.jpg":  # a flat picture has little data: the scratch spoils the lower half
        np.testing.assert_allclose(seen(image)[:2], CORNERS[:2], atol=3)
    else:
        shows(image, LOOSE.get(name, CORNERS))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_every_orientation_in_every_kind_that_can_say_it(kind: str, orientation: int) -> None:
    images.decode(KINDS["photo.heic"])  # the HEIF writer comes with the reader
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    image = images.decode(odd_photos.turned_by_exif(quarters(), orientation, kind))
    assert (image.width, image.height) == (WIDTH, HEIGHT)
    shows(image)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("boxes", [True, False])
def test_a_heic_is_turned_once_whether_or_not_it_says_so_beside_exif(orientation: int, boxes: bool) -> None:
    data = odd_photos.turned_heic(quarters(), orientation, boxes=boxes)
    assert (b"irot" in data or b"imir" in data) == (boxes and orientation > 1)
    image = images.decode(data)
    assert (image.width, image.height) == (WIDTH, HEIGHT)
    shows(image)
    shows(images.decode(images.web_jpeg(data)), within=6)


def test_a_reduced_photo_on_its_side_knows_its_true_size() -> None:
    big = quarters().resize((1600, 1000))
    for kind in ("JPEG", "PNG", "TIFF", "HEIF"):
        image = images.decode(odd_photos.turned_by_exif(big, 6, kind), target=400)
        assert (image.width, image.height, image.scale) == (1600, 1000, 0.25)
        assert image.pixels.shape == (250, 400, 3)
        shows(image)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(1601, 1067), (3, 2001), (1600, 1200), (100, 60)])
@pytest.mark.parametrize("target", [1, 200, 400, 401, 1599, 5000])
def test_a_target_is_reached_without_decoding_much_more(
    kind: str, size: tuple[int, int], target: int
) -> None:
    image = images.decode(encoded(Pillow.new("RGB", size, RED), kind), target=target)
    long_side, full = max(image.pixels.shape), max(size)
    assert long_side >= min(target, full)
    assert long_side <= max(2 * target, full // 8 + 1) or min(size) < 8  # too thin to shrink by so much
    assert (image.width, image.height) == size
    assert image.scale == pytest.approx(long_side / full)


def test_says_how_long_decoding_took() -> None:
    assert 0 < images.decode(KINDS["plain.jpg"]).seconds < 60


ALPHAS = np.full((HEIGHT, WIDTH), 0x8000, np.uint16)
DEEP = np.asarray(quarters()).astype(np.uint16) * 257
RED_LEVELS = tuple((colour[0],) * 3 for colour in CORNERS)
HALF_WHITE = tuple(tuple(round(level / 2 + 127.5) for level in colour) for colour in CORNERS)


def deep_tiff(pixels: np.ndarray) -> bytes:
    done, data = cv2.imencode(".tif", pixels[..., ::-1])
    assert done
    return data.tobytes()


MODES = {
    "16-bit RGB TIFF": (deep_tiff(DEEP), CORNERS),
    "16-bit RGBA PNG": (odd_photos.png_16_bits(np.dstack([DEEP, ALPHAS])), HALF_WHITE),
    "16-bit grey TIFF": (encoded(Pillow.fromarray(DEEP[..., 0]), "TIFF"), RED_LEVELS),
    "16-bit grey big-endian TIFF": (
        encoded(Pillow.frombytes("I;16B", (WIDTH, HEIGHT), DEEP[..., 0].astype(">u2").tobytes()), "TIFF"),
        RED_LEVELS,
    ),
    "16-bit grey and alpha PNG": (
        odd_photos.png_16_bits(np.dstack([DEEP[..., 0], ALPHAS])),
        tuple((round(r / 2 + 127.5),) * 3 for r, _, _ in CORNERS),
    ),
    "32-bit whole TIFF": (encoded(Pillow.fromarray(DEEP[..., 0].astype(np.int32)), "TIFF"), RED_LEVELS),
    "float TIFF of 0..1": (
        encoded(Pillow.fromarray(DEEP[..., 0].astype(np.float32) / 65535), "TIFF"),
        RED_LEVELS,
    ),
    "float TIFF of 0..255": (
        encoded(Pillow.fromarray(DEEP[..., 0].astype(np.float32) / 257), "TIFF"),
        RED_LEVELS,
    ),
    "CMYK TIFF": (encoded(quarters().convert("CMYK"), "TIFF"), CORNERS),
    "grey and alpha PNG": (
        encoded(odd_photos.with_alpha(quarters(), 0).convert("LA"), "PNG"),
        ((255, 255, 255),) * 4,
    ),
    "palette with transparency": (
        encoded(quarters().quantize(4), "PNG", transparency=bytes([0, 0, 0, 0])),
        ((255, 255, 255),) * 4,
    ),
    "RGB with one transparent colour": (
        encoded(quarters(), "PNG", transparency=RED),
        ((255, 255, 255), *CORNERS[1:]),
    ),
    "WebP with alpha": (encoded(odd_photos.with_alpha(quarters(), 128), "WEBP", lossless=True), HALF_WHITE),
    "1-bit PNG": (
        encoded(quarters().convert("L").point(lambda level: 255 * (level > 100)).convert("1"), "PNG"),
        ((0,) * 3, (255,) * 3, (0,) * 3, (255,) * 3),
    ),
}


@pytest.mark.parametrize("mode", MODES)
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    data, colours = MODES[mode]
    shows(images.decode(data), colours)


def ycck() -> bytes:
    """A JPEG in Adobe's YCCK: a CMYK file whose planes hold YCbCr of the inverted colours, and says so."""
    planes = Pillow.fromarray(255 - np.asarray(quarters())).convert("YCbCr").split()
    inverted = [plane.point(lambda level: 255 - level) for plane in planes]
    black = Pillow.new("L", (WIDTH, HEIGHT), 0)
    data = bytearray(encoded(Pillow.merge("CMYK", (*inverted, black)), "JPEG", quality=95))
    marker = data.index(b"Adobe")
    data[marker + 11] = 2  # the colour transform: 0 = CMYK, 2 = YCCK
    return bytes(data)


def test_adobes_ycck_becomes_rgb() -> None:
    shows(images.decode(ycck()), within=6)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"])
def test_a_photo_of_one_pixel(kind: str) -> None:
    image = images.decode(encoded(Pillow.new("RGB", (1, 1), BLUE), kind), target=1280)
    assert image.pixels.shape == (1, 1, 3)
    np.testing.assert_allclose(image.pixels[0, 0], BLUE, atol=3)


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0nonsense", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff"]
)
@pytest.mark.filterwarnings("ignore:Corrupt EXIF")  # pytest undoes the filter that keeps it silent
def test_damaged_exif_spoils_nothing(exif: bytes) -> None:
    shows(images.decode(encoded(quarters(), "JPEG", exif=exif)))


def test_many_threads_at_once() -> None:
    data = list(KINDS.values()) * 3
    alone = [images.decode(one).pixels for one in data]
    with ThreadPoolExecutor(8) as pool:
        together = [image.pixels for image in pool.map(images.decode, data)]
    assert all((one == other).all() for one, other in zip(alone, together, strict=True))


@pytest.mark.parametrize(
    ("name", "photo"),
    [
        ("IMG_1.JPG", True),
        ("a/b/c.HeIc", True),
        ("scan.tiff", True),
        ("x.webp", True),
        (".jpg", False),
        ("notes.txt", False),
        ("film.mp4", False),
        ("jpg", False),
    ],
)
def test_photos_are_told_by_their_names(name: str, photo: bool) -> None:
    assert images.is_photo_name(name) is photo


def test_decodes_real_photos_of_phones(labelled_photos: Path) -> None:
    for path in sorted((labelled_photos / "groups").glob("00?_A.jpg"))[:3]:
        image = images.decode(path.read_bytes(), target=1280)
        full = Pillow.open(path)
        assert {image.width, image.height} == set(full.size)
        assert 1280 <= max(image.pixels.shape) < 2560
