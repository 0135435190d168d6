"""Photos for measuring speed: as large as a phone's, four faces each, made from public-domain portraits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from pipeline import images
from pipeline.types import Pixels

WIDTH, HEIGHT = 4000, 3000  # 12 megapixels
FACE_HEIGHTS = (1400, 1100, 900, 700)  # of the pasted portraits, in pixels


def portraits() -> list[Pixels]:
    """Eileen Collins and Grace Hopper, as scikit-image and Matplotlib ship them."""
    import matplotlib
    import skimage

    files = (
        Path(skimage.__file__).parent / "data" / "astronaut.png",
        Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg",
    )
    return [images.decode(file.read_bytes()).pixels for file in files]


def twelve_megapixels(count: int, seed: int = 7) -> Iterator[bytes]:
    """JPEG files of 4000 x 3000 pixels with four faces each."""
    random = np.random.default_rng(seed)
    people = portraits()
    for number in range(count):
        coarse = random.integers(40, 200, (HEIGHT // 100, WIDTH // 100, 3), dtype=np.uint8)
        canvas = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        canvas = cv2.add(canvas, random.integers(0, 12, canvas.shape, dtype=np.uint8))
        for place, height in enumerate(FACE_HEIGHTS):
            portrait = people[(number + place) % len(people)]
            width = min(WIDTH // 4, round(portrait.shape[1] * height / portrait.shape[0]))
            height = round(portrait.shape[0] * width / portrait.shape[1])
            top = int(random.integers(0, HEIGHT - height))
            left = place * WIDTH // 4
            canvas[top : top + height, left : left + width] = cv2.resize(portrait, (width, height))
        yield images.encode_jpeg(np.asarray(canvas, np.uint8), max_side=WIDTH, quality=90)
