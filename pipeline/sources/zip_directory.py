"""The directory of a ZIP archive, line by line: what is wrong with one line does not hide the others."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.errors import SourceUnreachable
from pipeline.sources.ranges import Ranges

# In bytes; that of 20,000 photos has about 2 million.
_LARGEST_DIRECTORY = 32_000_000
_LONGEST_COMMENT = 65_535

# signature, disks and counts, length and place of the directory, length of the comment
_END = struct.Struct("<4s8xLLH")
_END_64 = struct.Struct("<4s36xQQ")  # signature, sizes, versions, disks and counts, length and place
_LOCATOR_64 = struct.Struct("<4s16x")
# signature, version and system of the maker, version needed, flags, method, time and date, checksum, packed
# and unpacked size, lengths of the name, the extra field and the comment, disk, attributes, place
_LINE = struct.Struct("<4sxBBxHH4xLLLHHH4xLL")
_FIELD = struct.Struct("<HH")  # of the extra field: what it is, and its length
_LONGEST_TAIL = _END_64.size + _LOCATOR_64.size + _END.size + _LONGEST_COMMENT
_BELONGS_TO_FIELD = 0xFFFFFFFF  # a number that is too large for its place, and stands in the extra field
_SIZES_64 = 0x0001


@dataclass(frozen=True, slots=True)
class Line:
    """What the directory says of one file."""

    stored_name: bytes  # as it stands there
    flags: int
    method: int  # of compression, as in zipfile
    version: int  # of the format that a reader must know, times ten
    system: int  # that it was made on
    mode: int  # of the file, where the system was Unix
    crc: int
    packed: int  # bytes in the archive
    size: int  # bytes unpacked
    offset: int  # of its local header, in bytes from the start of the archive
    fields: Mapping[int, bytes]  # the extra field: what is what
    damaged: bool = False  # its extra field cannot be read, and perhaps its sizes and its place are not there


class DamagedDirectory(SourceUnreachable):
    """It is no ZIP archive, or nobody can tell where its directory's lines begin and end."""


def read_directory(archive: Ranges) -> tuple[list[Line], int]:
    """The lines of the directory, in order, and how many bytes the archive has. Raises SourceUnreachable.

    What stands before the archive, as in those that unpack themselves, is no part of it: the directory ends
    where its end record begins, and all places in it are moved by what its own place is off.
    """
    size = archive.size()
    tail_start = max(0, size - _LONGEST_TAIL)
    tail = archive.read(tail_start, size - tail_start)
    try:
        end, length, stated = _find_end(tail)
        start = tail_start + end - length
        if start < 0:
            raise ValueError
        if length > _LARGEST_DIRECTORY:
            raise SourceUnreachable(f"{archive.uri} lists more files than an event can hold. Split it.")
        known = start >= tail_start  # a small archive comes in one read
        data = tail[start - tail_start : end] if known else archive.read(start, length)
        return list(_lines(data, length, start - stated)), size
    except (struct.error, ValueError) as error:
        raise DamagedDirectory(
            f"{archive.uri} is no ZIP archive, or is damaged or cut short. Make or download it again."
        ) from error


def _find_end(tail: bytes) -> tuple[int, int, int]:
    """Where in the file's last bytes the directory ends; its length, and where it says that it begins.

    Raises ValueError, struct.error.
    """
    at = len(tail) - _END.size
    if at < 0 or tail[at : at + 4] != b"PK\5\6" or tail[-2:] != b"\0\0":  # the usual: without a comment
        at = tail.rindex(b"PK\5\6")
    _, length, stated, _ = _END.unpack_from(tail, at)
    locator = at - _LOCATOR_64.size
    at_64 = locator - _END_64.size
    if at_64 >= 0 and tail[locator : locator + 4] == b"PK\6\7" and tail[at_64 : at_64 + 4] == b"PK\6\6":
        _, length, stated = _END_64.unpack_from(tail, at_64)
        at = at_64
    return at, length, stated


def _lines(data: bytes, length: int, moved: int) -> Iterator[Line]:
    """The lines in the bytes of a directory, of which there should be `length`.

    moved: by how many bytes everything lies behind where the directory says. Raises ValueError, struct.error.
    """
    at = 0
    while at < length:
        line = _LINE.unpack_from(data, at)
        signature, *_, name_length, extra_length, comment_length, _, _ = line
        name_end = at + _LINE.size + name_length
        extra_end = name_end + extra_length
        if signature != b"PK\1\2" or extra_end > len(data):
            raise ValueError
        yield _line(line, data[at + _LINE.size : name_end], data[name_end:extra_end], moved)
        at = extra_end + comment_length


def _line(numbers: tuple[int, ...], name: bytes, extra: bytes, moved: int) -> Line:
    _, system, version, flags, method, crc, packed, size, *_, attributes, offset = numbers
    try:
        fields = _fields(extra)
        size, packed, offset = _in_full([size, packed, offset], fields.get(_SIZES_64, b""))
        damaged = False
    except struct.error:
        fields, size, packed, damaged = {}, 0, 0, True
    mode = attributes >> 16
    return Line(
        *(name, flags, method, version, system, mode), *(crc, packed, size, offset + moved), fields, damaged
    )


def _fields(extra: bytes) -> dict[int, bytes]:
    """What is in the extra field; the first of each kind counts. Raises struct.error."""
    fields: dict[int, bytes] = {}
    at = 0
    while len(extra) - at >= _FIELD.size:  # some programs fill up with fewer bytes
        kind, length = _FIELD.unpack_from(extra, at)
        at += _FIELD.size + length
        if at > len(extra):
            raise struct.error
        fields.setdefault(kind, extra[at - length : at])
    return fields


def _in_full(numbers: list[int], field: bytes) -> Iterator[int]:
    """The numbers, those that were too large for their places from the field. Raises struct.error."""
    at = 0
    for number in numbers:
        if number == _BELONGS_TO_FIELD:
            (number,) = struct.unpack_from("<Q", field, at)
            at += 8
        yield number
