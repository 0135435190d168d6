"""How far apart shots of one moment and other photos look: `python -m benchmarks.bursts [PHOTOS]`.

PHOTOS holds people/ and groups/ (default: ../shared/photos). A second shot is made of each photo by turning,
shifting, zooming, brightening, noise and JPEG; every pair of the photos themselves is one of different ones.
"""

from __future__ import annotations

import sys
import time
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np

from pipeline import images
from pipeline.images.dhash import bits_apart, dhash
from pipeline.types import Pixels

BARS = (4, 6, 8, 10, 12, 14, 16)
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


def main() -> None:
    """Prints a table a set of photos."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/photos")
    for name in ("people", "groups"):
        random = np.random.default_rng(1)
        paths = sorted(path for path in (folder / name).rglob("*") if images.is_photo_name(path.name))
        photos = [images.decode(path.read_bytes(), target=1000).pixels for path in paths]
        hashes = [dhash(photo) for photo in photos]
        apart = np.array([bits_apart(one, other) for one, other in combinations(hashes, 2)])
        print(f"{name}: {len(photos)} photos, {len(apart)} pairs of different ones")
        for strength in (0.3, 1.0, 2.0):
            near = np.array(
                [
                    bits_apart(known, dhash(second_shot(photo, random, strength)))
                    for photo, known in zip(photos, hashes, strict=True)
                    for _ in range(SHOTS)
                ]
            )
            shares = "  ".join(f"{bar}: {(near <= bar).mean():.3f}" for bar in BARS)
            print(f"  second shots of strength {strength} within so many bits  {shares}")
        shares = "  ".join(f"{bar}: {(apart <= bar).mean():.4f}" for bar in BARS)
        print(f"  different photos within so many bits             {shares}")
    large = np.random.default_rng(0).integers(0, 255, (3000, 4000, 3), dtype=np.uint8)
    cv2.setNumThreads(1)
    start = time.process_time()
    for _ in range(100):
        dhash(large)
    print(f"one hash of a photo of 12 megapixels: {(time.process_time() - start) * 10:.2f} ms")


if __name__ == "__main__":
    main()
