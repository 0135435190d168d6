"""A folder of every odd and bad kind of photo, made from one good photo."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

BOMB_SIDE = 30_000
ORIENTATION = 0x0112  # the EXIF tag

STORED = {  # EXIF orientation: how an upright picture is stored under it
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True)
class OddPhotos:
    """What was written."""

    good: list[str]  # names of photos that show the good photo's picture
    bad: dict[str, str]  # name: words that the reason must contain


def write_odd_photos(folder: Path, good: bytes) -> OddPhotos:
    """Writes every kind into `folder`. `good` is a photo that shows a face."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(good)).convert("RGB")
    fine = good_kinds(picture)
    bad = bad_kinds(picture)
    for name, data in {**fine, **{name: data for name, (data, _) in bad.items()}}.items():
        (folder / name).write_bytes(data)
    return OddPhotos(sorted(fine), {name: reason for name, (_, reason) in bad.items()})


def good_kinds(picture: Image.Image) -> dict[str, bytes]:
    """The RGB picture in every kind of file that can be read; all different bytes."""
    jpeg = encoded(picture, "JPEG", quality=92)
    turned = picture.rotate(180)
    kinds = {
        "plain.jpg": jpeg,
        "SHOUTING.JPG": encoded(picture, "JPEG", quality=91),
        "progressive.jpeg": encoded(picture, "JPEG", progressive=True),
        "trailer.jpg": jpeg + b"MotionPhoto_Data" + bytes(range(256)) * 40,
        "no_end_marker.jpg": jpeg[:-2],
        "scratched.jpg": scratched(jpeg),
        "two_pictures.mpo": encoded(picture, "MPO", save_all=True, append_images=[turned]),
        "cmyk.jpg": encoded(picture.convert("CMYK"), "JPEG", quality=92),
        "grey.jpg": encoded(picture.convert("L"), "JPEG", quality=92),
        "plain.png": encoded(picture, "PNG"),
        "sixteen_bits.png": png_16_bits(np.asarray(picture).astype(np.uint16) * 257),
        "sixteen_bits_grey.png": encoded(sixteen_bits_grey(picture), "PNG"),
        "palette.png": encoded(picture.quantize(256), "PNG"),
        "transparent.png": encoded(with_alpha(picture, 200), "PNG"),
        "animated.gif": encoded(picture, "GIF", save_all=True, append_images=[turned, turned]),
        "photo.webp": encoded(picture, "WEBP", quality=90),
        "photo.tif": encoded(picture, "TIFF"),
        "photo.bmp": encoded(picture, "BMP"),
        "photo.heic": heic(picture),
    }
    for orientation in STORED:
        kinds[f"orientation_{orientation}.jpg"] = turned_by_exif(picture, orientation)
    return kinds


def bad_kinds(picture: Image.Image) -> dict[str, tuple[bytes, str]]:
    """Files that cannot be read, each with words that the reason must contain."""
    jpeg, png = encoded(picture, "JPEG", quality=90), encoded(picture, "PNG")
    return {
        "cut.jpg": (jpeg[: len(jpeg) // 2], "is cut short"),
        "cut.png": (png[: len(png) // 2], "is cut short"),
        "empty.jpg": (b"", "is empty"),
        "text.jpg": ("Dear diary, no photo today: Grüße!\n".encode() * 20, "holds text"),
        "page.jpg": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        "bomb.png": (bomb(), f"{BOMB_SIDE} x {BOMB_SIDE} pixels"),
    }


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def heic(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(picture).save(out, quality=80)
    return out.getvalue()


def with_alpha(picture: Image.Image, opacity: int) -> Image.Image:
    layer = picture.convert("RGBA")
    layer.putalpha(opacity)
    return layer


def sixteen_bits_grey(picture: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)


def turned_by_exif(picture: Image.Image, orientation: int, kind: str = "JPEG") -> bytes:
    """The upright picture, stored turned, with the EXIF orientation that says so."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    turn = STORED[orientation]
    stored = picture if turn is None else picture.transpose(turn)
    # As bytes, the HEIF writer also notes it in HEIF's own way, which readers go by.
    return encoded(stored, kind, exif=exif if kind == "TIFF" else exif.tobytes())


def turned_heic(picture: Image.Image, orientation: int, *, boxes: bool) -> bytes:
    """A HEIC of the upright picture, stored turned, whose EXIF says so, and its own boxes too where asked."""
    pillow_heif.register_heif_opener()
    if boxes:
        data = turned_by_exif(picture, orientation, "HEIF")
    else:
        turn = STORED[orientation]
        data = turned_by_exif(picture if turn is None else picture.transpose(turn), 1, "HEIF")
    # The writer may have struck out what EXIF says. Tag, kind (short), count; the value follows.
    entry = data.index(struct.pack(">HHI", ORIENTATION, 3, 1)) + 8
    return data[:entry] + struct.pack(">H", orientation) + data[entry + 2 :]


def scratched(jpeg: bytes) -> bytes:
    """The JPEG with a few bytes of another file in its last tenth."""
    start = len(jpeg) * 9 // 10
    return jpeg[:start] + bytes(range(20)) + jpeg[start + 20 :]


def png_16_bits(levels: NDArray[np.uint16]) -> bytes:
    """A PNG of (height, width, channels), 2 = grey and alpha, 3 = RGB, 4 = RGBA, as Pillow cannot write."""
    height, width, channels = levels.shape
    rows = b"".join(b"\0" + levels[y].astype(">u2").tobytes() for y in range(height))
    return _png(width, height, 16, {2: 4, 3: 2, 4: 6}[channels], zlib.compress(rows, 1))


def bomb(side: int = BOMB_SIDE) -> bytes:
    """A valid PNG of `side` x `side` grey pixels, all black, of about a thousandth of that many bytes.

    One block of rows is compressed and repeated, which takes no time.
    """
    rows_a_block = 100
    assert side % rows_a_block == 0
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes((side + 1) * rows_a_block)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (side * (side + 1) % 65521) << 16 | 1  # Adler-32 of that many zeros
    return _png(
        side,
        side,
        8,
        0,
        b"\x78\xda" + block * (side // rows_a_block) + b"\x03\x00" + struct.pack(">I", checksum),
    )


def clear_png(side: int) -> bytes:
    """A PNG of `side` x `side` transparent pixels, written without ever holding them."""
    packer = zlib.compressobj(1)
    rows = [packer.compress(bytes(4 * side + 1)) for _ in range(side)]
    return _png(side, side, 8, 6, b"".join(rows) + packer.flush())


def _png(width: int, height: int, bits: int, colours: int, packed: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
