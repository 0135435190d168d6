"""A small ICC profile whose red and green are exchanged, so that using it can be seen."""

from __future__ import annotations

import struct

# sRGB's primaries in CIE XYZ, adapted to the D50 white of profiles
_RED, _GREEN, _BLUE = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
_WHITE = (0.9642, 1.0, 0.8249)


def exchanged_red_and_green() -> bytes:
    """A version 2 matrix profile for RGB: sRGB with its red and green primaries exchanged, gamma 2.2."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256)) + bytes(2)
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"swap\0" + bytes(78) + bytes(1),
        b"cprt": b"text" + bytes(4) + b"none\0" + bytes(3),
        b"wtpt": _xyz(_WHITE),
        b"rXYZ": _xyz(_GREEN),
        b"gXYZ": _xyz(_RED),
        b"bXYZ": _xyz(_BLUE),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    start = 128 + 4 + 12 * len(tags)
    table, content = b"", b""
    for name, value in tags.items():
        table += struct.pack(">4sII", name, start + len(content), len(value))
        content += value + bytes(-len(value) % 4)
    size = start + len(content)
    header = struct.pack(">I4sI4s4s4s12x4s", size, bytes(4), 0x02100000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    header += bytes(68 - len(header)) + _xyz(_WHITE)[8:] + bytes(48)
    return header + struct.pack(">I", len(tags)) + table + content


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))
