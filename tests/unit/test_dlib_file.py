"""dlib's file format, on bytes written by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipeline.embedders.dlib_file import DlibReader, read_network
from pipeline.errors import WeightsUnavailable


def whole(value: int) -> bytes:
    digits = abs(value).to_bytes(max(1, (abs(value).bit_length() + 7) // 8), "little")
    return bytes([len(digits) | (0x80 if value < 0 else 0)]) + digits


def named(name: str) -> bytes:
    return whole(len(name)) + name.encode()


@pytest.mark.parametrize("value", [0, 1, 255, 256, -1, -70000, 2**40])
def test_whole_numbers(value: int) -> None:
    assert DlibReader(whole(value)).whole() == value


@pytest.mark.parametrize(
    ("mantissa", "exponent", "value"),
    [(3, -1, 1.5), (-5, 2, -20.0), (0, 32000, math.inf), (0, 32001, -math.inf)],
)
def test_floats(mantissa: int, exponent: int, value: float) -> None:
    assert DlibReader(whole(mantissa) + whole(exponent)).real() == value


def test_not_a_number() -> None:
    assert math.isnan(DlibReader(whole(0) + whole(32002)).real())


def test_tensors() -> None:
    values = np.arange(6, dtype="<f4")
    content = b"".join(map(whole, (2, 1, 1, 2, 3))) + values.tobytes()
    np.testing.assert_array_equal(DlibReader(content).tensor(), values)


def test_a_tensor_that_is_cut_off() -> None:
    content = b"".join(map(whole, (2, 1, 1, 2, 3))) + bytes(20)
    with pytest.raises(ValueError, match="ends too early"):
        DlibReader(content).tensor()


def test_skipping_to_a_layer() -> None:
    reader = DlibReader(b"xxcon_4" + named("con_4") + whole(7))
    reader.skip_to("con_4")
    assert reader.whole() == 7


@pytest.mark.parametrize("content", [b"", b"no model", named("input_rgb_image_sized") + bytes(40)])
def test_other_files_are_named_as_such(content: bytes) -> None:
    with pytest.raises(WeightsUnavailable, match="face-recognition-models"):
        read_network(content)
