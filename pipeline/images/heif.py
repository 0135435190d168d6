"""HEIF's own note of how a picture lies, beside that of EXIF."""

from __future__ import annotations

from collections.abc import Iterator


def says_its_turn(data: bytes) -> bool:
    """Whether a HEIC says by itself that it is turned or mirrored; readers then go by that alone."""
    # meta is a box with four bytes of version and flags before its content.
    for meta in _boxes(data, 0, len(data), b"meta"):
        for properties in _boxes(data, meta[0] + 4, meta[1], b"iprp"):
            for listed in _boxes(data, *properties, b"ipco"):
                return any(any(_boxes(data, *listed, turn)) for turn in (b"irot", b"imir"))
    return False


def _boxes(data: bytes, start: int, end: int, kind: bytes) -> Iterator[tuple[int, int]]:
    """Where the boxes of a kind within a box have their content: (start, end) in bytes."""
    while start + 8 <= end:
        size, content = int.from_bytes(data[start : start + 4]), start + 8
        if size == 1:  # the size follows in eight bytes
            size, content = int.from_bytes(data[content : content + 8]), content + 8
        elif size == 0:  # to the end
            size = end - start
        if size < content - start:
            return
        if data[start + 4 : start + 8] == kind:
            yield content, min(start + size, end)
        start += size
