"""Decoding: photos that are too large are refused, and large ones take little memory."""

from __future__ import annotations

import functools
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow

from pipeline import images
from pipeline.errors import UnreadablePhoto
from pipeline.images import decoding
from pipeline.images.opening import memory_needed, open_photo
from tests.fakes import odd_photos
from tests.fakes.odd_photos import encoded
from tests.fakes.recognizer import squares
from tests.unit.quarters import (
    HEIGHT,
    WIDTH,
    noise,
    quarters,
)


def test_the_limit_holds_before_decoding_and_names_both_sizes() -> None:
    data = encoded(quarters(), "PNG")
    exactly = images.Limits(WIDTH * HEIGHT, 4 * WIDTH * HEIGHT)
    assert images.decode(data, limits=exactly).width == WIDTH
    for less in (replace(exactly, pixels=exactly.pixels - 1), replace(exactly, memory=exactly.memory - 1)):
        with pytest.raises(UnreadablePhoto, match=f"{WIDTH} x {HEIGHT} pixels"):
            images.decode(data, limits=less)


@functools.cache
def flat(width: int, height: int, kind: str, mode: str = "L", **options: object) -> bytes:
    """A large photo of one colour."""
    return encoded(Pillow.new(mode, (width, height), 128), kind, **options)


def test_the_largest_jpegs_of_phones_are_read_reduced_also_as_probes() -> None:
    jpeg = flat(12_000, 9_000, "JPEG")
    assert images.decode(jpeg, target=1280).pixels.shape == (1125, 1500, 3)
    assert images.decode(jpeg, target=2000, limits=images.PROBE).pixels.shape == (2250, 3000, 3)
    with pytest.raises(UnreadablePhoto, match="12000 x 9000 pixels, more than the 50 million"):
        images.decode(jpeg, limits=images.PROBE)


def test_what_would_take_a_probes_reader_too_long_is_refused_by_its_header() -> None:
    with pytest.raises(UnreadablePhoto, match="8000 x 7000 pixels, more than the 50 million"):
        images.decode(flat(8_000, 7_000, "PNG"), target=2000, limits=images.PROBE)
    assert images.decode(flat(8_000, 6_000, "PNG"), target=2000, limits=images.PROBE).scale == 0.25
    with pytest.raises(UnreadablePhoto, match=f"{odd_photos.BOMB_SIDE} x {odd_photos.BOMB_SIDE} pixels"):
        images.decode(odd_photos.bomb(), target=1280)


def test_a_recognizer_reads_probes_within_tighter_limits_than_an_events_photos() -> None:
    large = flat(8_000, 7_000, "PNG")
    with pytest.raises(UnreadablePhoto, match="more than the 50 million"):
        squares().probe(large)
    assert replace(squares(), decode_target=1280).read(large)[0].width == 8_000


def test_a_photo_is_reckoned_by_what_its_decoder_keeps() -> None:
    def needed(data: bytes, factor: int = 1) -> float:
        photo = open_photo(data)
        return memory_needed(photo, factor) / (photo.width * photo.height)

    assert needed(encoded(noise(), "PNG")) == 4
    assert needed(encoded(noise().convert("L"), "PNG")) == 1
    assert needed(encoded(noise(), "WEBP")) == 8
    assert needed(encoded(noise(), "JPEG"), factor=2) == 1
    assert needed(encoded(noise(), "JPEG", progressive=True, subsampling="4:2:0"), factor=2) == 1 + 3
    assert needed(encoded(noise(), "JPEG", progressive=True, subsampling="4:4:4"), factor=2) == 1 + 6


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB", "CMYK"])
@pytest.mark.parametrize("target", [None, 500])
def test_a_photo_converted_in_parts_is_the_same(
    mode: str, target: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = noise(1003)
    if "A" in mode:
        layer.putalpha(noise(1003).convert("L"))
    data = encoded(layer.convert(mode), "TIFF" if mode == "CMYK" else "PNG")
    whole = images.decode(data, target=target).pixels
    monkeypatch.setattr(decoding, "_PART", 50_000)
    np.testing.assert_array_equal(images.decode(data, target=target).pixels, whole)


def growth(data: str, work: str) -> int:
    """By how many kilobytes the memory of a process of its own grows at the work with the data."""
    code = (
        "import resource\n"
        "from pipeline import images\n"
        "from pipeline.errors import UnreadablePhoto\n"
        "from tests.fakes.odd_photos import bomb, clear_png\n"
        f"data = {data}\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"{work}\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_large_photos_with_transparency_take_little_more_than_their_pixels() -> None:
    # The pixels take 144,000 kilobytes, all copies at once 720,000.
    assert growth("clear_png(6000)", "images.decode(data, target=1280)") < 350_000


def test_the_largest_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_LARGE", 1000)
    running: list[int] = []
    most: list[int] = []

    def slow(photo: Pillow.Image) -> Pillow.Image:
        running.append(1)
        most.append(len(running))
        time.sleep(0.05)
        running.pop()
        return photo

    data = encoded(quarters(), "PNG")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: decoding.upright(data, target=None, convert=slow), range(4)))
    assert max(most) == 1


def test_a_bomb_takes_no_memory() -> None:
    refused = (
        "try:\n"
        "    images.decode(data)\n"
        "except UnreadablePhoto:\n"
        "    pass\n"
        "else:\n"
        "    raise AssertionError('it was decoded')"
    )
    assert growth("bomb()", refused) < 100_000  # decoded, the picture takes 900,000


def test_permitted_large_photos_raise_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    large = encoded(Pillow.new("1", (10_000, 9_500)), "PNG")  # above Pillow's own warning at 89 million
    assert images.decode(large, target=100).scale == 0.125
    assert not recwarn.list
