"""Reads dlib's face recognition network from the .dat file that dlib serialised it to.

The file is a C++ template's members one after another, with the names of layer types between them. From the
input on it holds 29 convolutions, each followed by an affine layer (the batch normalisation, fixed after
training), and one fully connected layer. Layers without weights (ReLU, pooling, additions) are in it only as
names.

Format, after dlib/serialize.h and dlib/dnn/: whole numbers are a byte with their length (and the sign in the
top bit) and as many bytes, little-endian; floats are mantissa and exponent, both such numbers; strings are
length and bytes; tensors are a version, four sizes, and raw little-endian float32.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import WeightsUnavailable

FloatArray = NDArray[np.float32]

CONVOLUTIONS = 29
TENSOR_VERSION = 2
SPECIAL_FLOATS = {32000: math.inf, 32001: -math.inf, 32002: math.nan}  # exponents that stand for these


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """A convolution and the affine layer behind it, as one."""

    weights: FloatArray  # (filters, channels, rows, columns)
    bias: FloatArray  # (filters,)
    stride: int
    padding: int  # zeros on each side


@dataclass(frozen=True, slots=True, eq=False)
class DlibNetwork:
    """The weights of dlib's ResNet-29."""

    means: tuple[float, ...]  # of red, green, blue, taken off each pixel before it is divided by 256
    convolutions: tuple[Convolution, ...]  # from the input on
    projection: FloatArray  # (256, 128): pooled features to the vector


class DlibReader:
    """Reads dlib's serialised values, one after another."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._position = 0

    def whole(self) -> int:
        """A whole number."""
        control = self._take(1)[0]
        value = int.from_bytes(self._take(control & 0x0F), "little")
        return -value if control & 0x80 else value

    def wholes(self, count: int) -> list[int]:
        """Several whole numbers."""
        return [self.whole() for _ in range(count)]

    def real(self) -> float:
        """A floating-point number."""
        mantissa, exponent = self.wholes(2)
        return SPECIAL_FLOATS.get(exponent, math.ldexp(mantissa, min(exponent, 1024)))

    def reals(self, count: int) -> list[float]:
        """Several floating-point numbers."""
        return [self.real() for _ in range(count)]

    def tensor(self) -> FloatArray:
        """A tensor, flattened."""
        if self.whole() != TENSOR_VERSION:
            raise ValueError("tensor of another version")
        count = math.prod(self.wholes(4))
        return np.frombuffer(self._take(4 * count), "<f4").astype(np.float32)

    def shape(self) -> list[int]:
        """The sizes of a layer's view into its tensor."""
        self.whole()  # version
        return self.wholes(4)

    def skip_to(self, name: str) -> None:
        """Moves behind the next layer that has this name."""
        mark = bytes([1, len(name)]) + name.encode()  # a length of one byte, the length, the name
        self._position = self._content.index(mark, self._position) + len(mark)

    def _take(self, count: int) -> bytes:
        end = self._position + count
        if end > len(self._content):
            raise ValueError("the file ends too early")
        taken, self._position = self._content[self._position : end], end
        return taken


def read_network(content: bytes) -> DlibNetwork:
    """The network in `dlib_face_recognition_resnet_model_v1.dat`.

    Raises WeightsUnavailable when the bytes are something else, or damaged.
    """
    reader = DlibReader(content)
    try:
        reader.skip_to("input_rgb_image_sized")
        means = tuple(reader.reals(3))
        convolutions = tuple(_convolution(reader) for _ in range(CONVOLUTIONS))
        return DlibNetwork(means, convolutions, _projection(reader))
    except (ValueError, IndexError) as error:
        raise WeightsUnavailable(
            "dlib's face recognition model cannot be read, it is damaged or of another version; "
            "install it again: pip install --force-reinstall face-recognition-models."
        ) from error


def _convolution(reader: DlibReader) -> Convolution:
    reader.skip_to("con_4")
    values = reader.tensor()
    filters, _rows, _columns, stride, _stride_x, padding, _padding_x = reader.wholes(7)
    shape = reader.shape()
    weights, bias = values[: math.prod(shape)].reshape(shape), values[math.prod(shape) :]
    scale, shift = _affine(reader, filters)
    return Convolution(weights * scale[:, None, None, None], bias * scale + shift, stride, padding)


def _affine(reader: DlibReader, filters: int) -> tuple[FloatArray, FloatArray]:
    reader.skip_to("affine_")
    scale, shift = reader.tensor().reshape(2, filters)
    return scale, shift


def _projection(reader: DlibReader) -> FloatArray:
    reader.skip_to("fc_2")
    outputs, inputs = reader.wholes(2)
    return reader.tensor().reshape(inputs, outputs)
