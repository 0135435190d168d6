"""Decoding: what cannot be read is named, with a reason, and what is whole is never taken for cut short."""

from __future__ import annotations

import zlib

import pytest
from PIL.PngImagePlugin import PngInfo

from pipeline import images
from pipeline.errors import UnreadablePhoto
from tests.fakes import odd_photos
from tests.fakes.odd_photos import encoded
from tests.unit.quarters import (
    KINDS,
    noise,
    noise_as,
)

BAD = odd_photos.bad_kinds(noise())


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("read", [images.decode, images.web_jpeg])
def test_what_cannot_be_read_says_why_in_a_sentence(name: str, read: object) -> None:
    data, reason = BAD[name]
    assert callable(read)
    with pytest.raises(UnreadablePhoto) as raised:
        read(data)
    assert reason in str(raised.value)
    assert str(raised.value).endswith(".")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "progressive"])
@pytest.mark.parametrize("target", [None, 50])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.9, 0.97])
def test_a_photo_without_its_end_is_never_taken_for_whole(
    kind: str, target: int | None, share: float
) -> None:
    data = noise_as(kind)
    with pytest.raises(UnreadablePhoto, match="is cut short"):
        images.decode(data[: int(len(data) * share)], target=target)


def test_a_photo_that_lacks_a_few_bytes_is_cut_short_but_not_without_its_mere_end_marker() -> None:
    data = encoded(noise(), "JPEG")
    for missing in (1, 2):
        assert images.decode(data[:-missing]).pixels.shape == (400, 400, 3)
    for missing in (20, 200):
        with pytest.raises(UnreadablePhoto, match="is cut short"):
            images.decode(data[:-missing])


@pytest.mark.parametrize("after_picture", [False, True])
def test_more_text_than_a_photo_has_is_named(after_picture: bool) -> None:
    text = PngInfo()
    text.add(b"zTXt", b"note\0\0" + zlib.compress(b"x" * 2_000_000), after_idat=after_picture)
    with pytest.raises(UnreadablePhoto, match=r"more text .* save it anew"):
        images.decode(encoded(noise(), "PNG", pnginfo=text))


def test_a_motion_photo_that_lost_its_film_is_whole() -> None:
    two = encoded(noise(), "MPO", save_all=True, append_images=[noise()])
    assert images.decode(two[:-5000]).pixels.shape == (400, 400, 3)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"\0\0\0\x20ftypisom\0\0\0\0", "video"),
        (b"PK\x03\x04rest", "ZIP"),
        (bytes(5000), "zeros"),
        (bytes(range(256)) * 30, "no photo of a kind"),
        ("Grüße".encode("utf-16"), "text"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "text"),
    ],
)
def test_strangers_are_named(data: bytes, words: str) -> None:
    with pytest.raises(UnreadablePhoto, match=words):
        images.decode(data)


def test_libraries_stay_silent(capfd: pytest.CaptureFixture[str]) -> None:
    for data in (KINDS["scratched.jpg"], KINDS["trailer.jpg"], KINDS["two_pictures.mpo"][:-100]):
        images.decode(data)
    for data, _ in BAD.values():
        with pytest.raises(UnreadablePhoto):
            images.decode(data)
    assert capfd.readouterr() == ("", "")
