"""Decoding: every kind of photo comes out complete, upright and in the right colours, or is named."""

from __future__ import annotations

import functools
import io
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import features

from pipeline import images
from pipeline.errors import UnreadablePhoto
from pipeline.images import decoding
from pipeline.images.opening import memory_needed, open_photo
from pipeline.types import Image
from tests.fakes import odd_photos
from tests.fakes.colour_profile import exchanged_red_and_green
from tests.fakes.odd_photos import encoded
from tests.fakes.recognizer import squares

WIDTH, HEIGHT = 96, 64
RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 30), (30, 30, 220), (230, 230, 40)
CORNERS = (RED, GREEN, BLUE, YELLOW)  # upper left, upper right, lower left, lower right
GREYS = tuple((round(0.299 * r + 0.587 * g + 0.114 * b),) * 3 for r, g, b in CORNERS)


def quarters() -> Pillow.Image:
    """A picture whose four quarters differ in colour: whichever way it lies, it can be told."""
    pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    pixels[: HEIGHT // 2, : WIDTH // 2], pixels[: HEIGHT // 2, WIDTH // 2 :] = RED, GREEN
    pixels[HEIGHT // 2 :, : WIDTH // 2], pixels[HEIGHT // 2 :, WIDTH // 2 :] = BLUE, YELLOW
    return Pillow.fromarray(pixels)


def noise(side: int = 400) -> Pillow.Image:
    return Pillow.fromarray(np.random.default_rng(1).integers(0, 255, (side, side, 3), np.uint8))


@functools.cache
def noise_as(kind: str) -> bytes:
    return encoded(noise(), "JPEG", progressive=True) if kind == "progressive" else encoded(noise(), kind)


def seen(image: Image) -> list[tuple[int, ...]]:
    """The colours in the middle of each quarter."""
    height, width = image.pixels.shape[:2]
    places = [(y, x) for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    return [tuple(int(level) for level in image.pixels[place]) for place in places]


def shows(image: Image, colours: tuple[tuple[int, ...], ...] = CORNERS, within: int = 3) -> None:
    assert image.pixels.dtype == np.uint8
    assert image.pixels.shape[2] == 3
    np.testing.assert_allclose(seen(image), colours, atol=within)


KINDS = odd_photos.good_kinds(quarters())
LOOSE = {"grey.jpg": GREYS, "sixteen_bits_grey.png": GREYS}
FADED = tuple(tuple(round(level * 200 / 255 + 55) for level in colour) for colour in CORNERS)


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


def test_large_photos_with_transparency_take_little_more_than_their_pixels() -> None:
    code = (
        "import io, resource\n"
        "from PIL import Image\n"
        "from pipeline import images\n"
        "from tests.fakes.odd_photos import clear_png\n"
        "data = clear_png(6000)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "images.decode(data, target=1280)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert int(done.stdout) < 350_000  # kilobytes: the pixels take 144,000, all copies at once 720,000


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
    code = (
        "import resource\n"
        "from pipeline import images\n"
        "from pipeline.errors import UnreadablePhoto\n"
        "from tests.fakes.odd_photos import bomb\n"
        "data = bomb()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n"
        "    images.decode(data)\n"
        "except UnreadablePhoto:\n"
        "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert int(done.stdout) < 100_000  # kilobytes; decoded, the picture takes 900,000


def test_permitted_large_photos_raise_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    large = encoded(Pillow.new("1", (10_000, 9_500)), "PNG")  # above Pillow's own warning at 89 million
    assert images.decode(large, target=100).scale == 0.125
    assert not recwarn.list


def test_libraries_stay_silent(capfd: pytest.CaptureFixture[str]) -> None:
    for data in (KINDS["scratched.jpg"], KINDS["trailer.jpg"], KINDS["two_pictures.mpo"][:-100]):
        images.decode(data)
    for data, _ in BAD.values():
        with pytest.raises(UnreadablePhoto):
            images.decode(data)
    assert capfd.readouterr() == ("", "")


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


def test_decodes_real_photos_of_phones(labelled_photos: Path) -> None:
    for path in sorted((labelled_photos / "groups").glob("00?_A.jpg"))[:3]:
        image = images.decode(path.read_bytes(), target=1280)
        full = Pillow.open(path)
        assert {image.width, image.height} == set(full.size)
        assert 1280 <= max(image.pixels.shape) < 2560


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
