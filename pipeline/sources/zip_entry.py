"""One photo in a ZIP archive: whether it may be read, and its bytes."""

from __future__ import annotations

import bz2
import stat
import struct
import zlib
from dataclasses import dataclass
from typing import Protocol
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED

from pipeline.errors import SourceUnreachable
from pipeline.images import is_photo_name
from pipeline.sources.ranges import Ranges
from pipeline.sources.rubbish import left_out
from pipeline.sources.zip_directory import Line
from pipeline.sources.zip_name import readable_name
from pipeline.types import SourceEntry

MAX_BYTES = 500_000_000
"""More than any camera's photo has; a ZIP is made by others, and a photo of it is unpacked in memory."""

# Photos are compressed already; only pictures of one colour shrink like this, and small ones may.
_MOST_SHRUNK = 100
_MAY_SHRINK = 1_000_000  # bytes, unpacked

_ENCRYPTED = 0x1 | 0x40 | 0x2000  # flags: with a password, strongly, and with a hidden directory
_NEWEST_VERSION = 63  # of the format, times ten: 6.3 is what programs commonly know
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, ..., length of the name and of the extra field
_USUAL_EXTRA = 256  # bytes; a longer extra field costs a second read


class DamagedEntry(SourceUnreachable):
    """The archive does not hold what its directory says."""


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One photo in an archive, as its directory describes it."""

    entry: SourceEntry
    stored_name: bytes  # as the archive has it
    offset: int  # of its local header, in bytes from the start of the archive
    packed: int  # bytes in the archive
    method: int  # of compression, as in zipfile
    crc: int

    def unpack(self, archive: Ranges) -> bytes:
        """The photo's bytes; reads its part of the archive only. Raises SourceUnreachable."""
        if self.entry.refusal is not None:
            raise SourceUnreachable(self.entry.refusal)
        try:
            data = _inflate(self.method, self._packed(archive), self.entry.size)
        except (zlib.error, OSError) as error:
            raise self._damaged() from error
        if len(data) != self.entry.size or zlib.crc32(data) != self.crc:
            raise self._damaged()
        return data

    def _packed(self, archive: Ranges) -> bytes:
        """The compressed bytes, which lie behind a header of their own; in one read, as a rule."""
        guess = _LOCAL_HEADER.size + len(self.stored_name) + _USUAL_EXTRA
        block = archive.read(self.offset, guess + self.packed)
        if len(block) < _LOCAL_HEADER.size:
            raise self._damaged()
        signature, name_length, extra_length = _LOCAL_HEADER.unpack_from(block)
        name_end = _LOCAL_HEADER.size + name_length
        if signature != b"PK\x03\x04" or block[_LOCAL_HEADER.size : name_end] != self.stored_name:
            raise self._damaged()
        start = name_end + extra_length
        end = start + self.packed
        if end > guess + self.packed:
            block += archive.read(self.offset + len(block), end - len(block))
        return block[start:end]

    def _damaged(self) -> DamagedEntry:
        return DamagedEntry(
            f"{self.entry.name} is damaged in the archive. Make or download the archive again."
        )


class _Decompressor(Protocol):
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def photo_in(line: Line) -> ZipEntry | None:
    """The photo that a line of the directory describes; None for what is left out, as in a folder."""
    name, misnamed = readable_name(line)
    if name.endswith("/") or stat.S_ISLNK(line.mode) or not is_photo_name(name):
        return None
    if misnamed is None and any(left_out(part) for part in name.split("/")):
        return None
    refusal = misnamed or _refusal(line)
    entry = SourceEntry(name, line.size, f"{line.size}-{line.crc:08x}", refusal)
    return ZipEntry(entry, line.stored_name, line.offset, line.packed, line.method, line.crc)


def _refusal(line: Line) -> str | None:
    if line.damaged:
        return "Its line in the archive's directory is damaged. Make or download the archive again."
    if line.flags & _ENCRYPTED:
        return "It is encrypted. Make the archive again without a password."
    if line.version > _NEWEST_VERSION:
        return (
            f"It asks for programs that know version {line.version / 10} of ZIP. Make the archive again with "
            "ordinary (deflate) compression."
        )
    if line.method not in (ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2):
        return "It is compressed in a rare way. Make the archive again with ordinary (deflate) compression."
    if max(line.size, line.packed) > MAX_BYTES:
        return f"Unpacked it has more than {MAX_BYTES // 1_000_000} MB. Put a smaller copy into the archive."
    if line.size > max(_MAY_SHRINK, _MOST_SHRUNK * line.packed):
        return (
            f"It shrinks to less than 1/{_MOST_SHRUNK} in the archive, as no photo does. "
            "Check where the archive comes from."
        )
    return None


def _inflate(method: int, packed: bytes, size: int) -> bytes:
    """The unpacked bytes, at most one more than `size`, whatever the archive would unpack to."""
    if method == ZIP_STORED:
        return packed
    decompressor: _Decompressor = zlib.decompressobj(-15) if method == ZIP_DEFLATED else bz2.BZ2Decompressor()
    return decompressor.decompress(packed, size + 1)
