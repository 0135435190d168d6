"""What is shown to others, and previews: JPEGs of a limited size, without metadata, in the right colours."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from pipeline import images
from tests.fakes import odd_photos
from tests.fakes.colour_profile import exchanged_red_and_green
from tests.fakes.odd_photos import encoded
from tests.unit.quarters import (
    CORNERS,
    GREYS,
    KINDS,
    LOOSE,
    quarters,
    shows,
)


def opened(data: bytes) -> Pillow.Image:
    picture = Pillow.open(io.BytesIO(data))
    assert picture.format == "JPEG"
    return picture


def test_a_jpeg_of_pixels_is_no_larger_than_asked() -> None:
    pixels = np.asarray(quarters().resize((300, 100)))
    assert opened(images.encode_jpeg(pixels)).size == (300, 100)
    assert opened(images.encode_jpeg(pixels, max_side=150)).size == (150, 50)
    assert opened(images.encode_jpeg(np.zeros((1, 5000, 3), np.uint8))).size == (2048, 1)
    shows(images.decode(images.encode_jpeg(pixels)))


def test_what_is_shown_to_others_carries_no_metadata() -> None:
    exif = Pillow.Exif()
    exif[odd_photos.ORIENTATION] = 6
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 29.0)}  # GPS
    exif[0x010F] = "Maker of the camera"
    stored = quarters().resize((3000, 2000)).transpose(Pillow.Transpose.ROTATE_90)
    data = encoded(stored, "JPEG", exif=exif, comment=b"a secret", icc_profile=exchanged_red_and_green())
    shown = images.web_jpeg(data)
    picture = opened(shown)
    assert picture.size == (2048, 1365)
    assert not picture.getexif()
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"Exif" not in shown
    assert b"secret" not in shown


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_can_be_shown_to_others(name: str) -> None:
    image = images.decode(images.web_jpeg(KINDS[name], max_side=48))
    assert (image.width, image.height) == (48, 32)
    if name not in ("scratched.jpg", "transparent.png"):
        shows(image, LOOSE.get(name, CORNERS), within=6)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_colour_profiles_are_converted(kind: str) -> None:
    data = encoded(quarters(), kind, icc_profile=exchanged_red_and_green())
    exchanged = tuple((green, red, blue) for red, green, blue in CORNERS)
    shows(images.decode(images.web_jpeg(data)), exchanged, within=12)


def test_a_damaged_or_unsuited_profile_is_passed_over() -> None:
    for profile in (b"nonsense" * 40, exchanged_red_and_green()):
        shows(
            images.decode(images.web_jpeg(encoded(quarters().convert("CMYK"), "JPEG", icc_profile=profile)))
        )
    grey = encoded(quarters().convert("L"), "PNG", icc_profile=b"nonsense" * 40)
    shows(images.decode(images.web_jpeg(grey)), GREYS)


def test_a_preview_is_made_of_the_pixels_that_are_there() -> None:
    data = encoded(quarters().resize((5000, 3000)), "JPEG", comment=b"a secret")
    shown = images.preview(data, images.decode(data, target=2000))
    assert opened(shown).size == (2048, 1229)
    assert b"secret" not in shown
    shows(images.decode(shown))
    small = encoded(quarters(), "PNG")
    assert opened(images.preview(small, images.decode(small))).size == quarters().size


@pytest.mark.parametrize("name", KINDS)
def test_a_preview_of_every_kind_is_what_is_shown_to_others(name: str) -> None:
    shown = images.decode(images.preview(KINDS[name], images.decode(KINDS[name]))).pixels.astype(int)
    expected = images.decode(images.web_jpeg(KINDS[name])).pixels
    assert shown.shape == expected.shape
    assert np.abs(shown - expected).mean() < 2


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGB"), ("JPEG", "CMYK"), ("PNG", "L")])
def test_a_preview_follows_colour_profiles(kind: str, mode: str) -> None:
    for profile in (exchanged_red_and_green(), b"nonsense" * 40):
        data = encoded(quarters().convert(mode), kind, icc_profile=profile)
        shown = images.decode(images.preview(data, images.decode(data))).pixels.astype(int)
        assert np.abs(shown - images.decode(images.web_jpeg(data)).pixels).mean() < 3
