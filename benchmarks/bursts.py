"""How far apart copies, shots of one moment and other photos look: `python -m benchmarks.bursts [PHOTOS]`.

PHOTOS holds people/ and groups/ (default: ../shared/photos). Copies are what messengers make of a photo:
saved anew, and smaller. A second shot is made of each photo by turning, shifting, zooming, brightening, noise
and JPEG. Every pair of the photos themselves is one of different ones.
"""

from __future__ import annotations

import io
import sys
import time
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow

from pipeline import images
from pipeline.images.dhash import bits_apart, dhash
from pipeline.types import Pixels

BARS = (1, 2, 3, 4, 6, 8, 10, 12, 14, 16)
COPIES = ((1.0, 85), (1.0, 50), (0.5, 85), (0.33, 75), (0.25, 60))  # size of the photo's, JPEG quality
SHOTS = 4  # second shots of each photo


def second_shot(pixels: Pixels, random: np.random.Generator, strength: float) -> Pixels:
    """The same scene a moment later; strength 1: up to 1.5 degrees, 3 % shift, 4 % zoom, 10 % light."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D(
        (width / 2, height / 2),
        random.uniform(-1.5, 1.5) * strength,
        1 + random.uniform(0, 0.04) * strength,
    )
    turn[:, 2] += random.uniform(-0.03, 0.03, 2) * strength * (width, height)
    moved = cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    light = 1 + random.uniform(-0.1, 0.1) * strength
    noisy = np.clip(moved * light + random.normal(0, 4, moved.shape), 0, 255).astype(np.uint8)
    return images.decode(images.encode_jpeg(noisy, max_side=max(width, height))).pixels


def copy(data: bytes, size: float, quality: int) -> bytes:
    """The photo saved anew as a JPEG, `size` times as wide and high."""
    with Pillow.open(io.BytesIO(data)) as photo:
        sides = max(1, round(photo.width * size)), max(1, round(photo.height * size))
        smaller = photo.convert("RGB").resize(sides, Pillow.Resampling.LANCZOS)
    out = io.BytesIO()
    smaller.save(out, "JPEG", quality=quality)
    return out.getvalue()


def read(data: bytes) -> Pixels:
    """The pixels of a photo, as large as they are looked at."""
    return images.decode(data, target=1000).pixels


def shares(apart: np.ndarray, digits: int = 3) -> str:
    """What share of these is within each number of bits."""
    return "  ".join(f"{bar}: {(apart <= bar).mean():.{digits}f}" for bar in BARS)


def main() -> None:
    """Prints a table a set of photos."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/photos")
    for name in ("people", "groups"):
        random = np.random.default_rng(1)
        paths = sorted(path for path in (folder / name).rglob("*") if images.is_photo_name(path.name))
        files = [path.read_bytes() for path in paths]
        photos = [read(data) for data in files]
        hashes = [dhash(photo) for photo in photos]
        apart = np.array([bits_apart(one, other) for one, other in combinations(hashes, 2)])
        print(f"{name}: {len(photos)} photos, {len(apart)} pairs of different ones")
        for size, quality in COPIES:
            near = np.array(
                [
                    bits_apart(known, dhash(read(copy(data, size, quality))))
                    for data, known in zip(files, hashes, strict=True)
                ]
            )
            print(f"  copies of {size:.2f} times the size, quality {quality}, within bits  {shares(near)}")
        for strength in (0.3, 1.0, 2.0):
            near = np.array(
                [
                    bits_apart(known, dhash(second_shot(photo, random, strength)))
                    for photo, known in zip(photos, hashes, strict=True)
                    for _ in range(SHOTS)
                ]
            )
            print(f"  second shots of strength {strength} within so many bits  {shares(near)}")
        print(f"  different photos within so many bits             {shares(apart, 4)}")
    large = np.random.default_rng(0).integers(0, 255, (3000, 4000, 3), dtype=np.uint8)
    cv2.setNumThreads(1)
    start = time.process_time()
    for _ in range(100):
        dhash(large)
    print(f"one hash of a photo of 12 megapixels: {(time.process_time() - start) * 10:.2f} ms")


if __name__ == "__main__":
    main()
