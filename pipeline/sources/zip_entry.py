"""One file in a ZIP archive: its name, whether it may be read, and its bytes."""

from __future__ import annotations

import bz2
import re
import stat
import struct
import zlib
from dataclasses import dataclass
from typing import Protocol
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipInfo

from pipeline.errors import SourceUnreachable
from pipeline.images import is_photo_name
from pipeline.sources.ranges import Ranges
from pipeline.sources.rubbish import left_out
from pipeline.types import SourceEntry

MAX_BYTES = 500_000_000
"""More than any camera's photo has; a ZIP is made by others, and a photo of it is unpacked in memory."""

# Photos are compressed already; only pictures of one colour shrink like this, and small ones may.
_MOST_SHRUNK = 100
_MAY_SHRINK = 1_000_000  # bytes, unpacked

_ENCRYPTED = 0x1 | 0x40 | 0x2000  # flags: with a password, strongly, and with a hidden directory
_UTF8 = 0x800
_FAT = 0  # made on DOS or Windows
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


def photo_in(info: ZipInfo) -> ZipEntry | None:
    """The photo that a line of the directory describes; None for what is left out, as in a folder."""
    stored = _stored_name(info)
    name, misnamed = _readable_name(info, stored)
    if info.is_dir() or stat.S_ISLNK(info.external_attr >> 16) or not is_photo_name(name):
        return None
    if misnamed is None and any(left_out(part) for part in name.split("/")):
        return None
    refusal = misnamed or _refusal(info)
    entry = SourceEntry(name, info.file_size, f"{info.file_size}-{info.CRC:08x}", refusal)
    return ZipEntry(entry, stored, info.header_offset, info.compress_size, info.compress_type, info.CRC)


def _stored_name(info: ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")


def _readable_name(info: ZipInfo, stored: bytes) -> tuple[str, str | None]:
    """The name with forward slashes, without empty steps, and why it is refused.

    Without the flag for UTF-8, names are in the code page of the first PC; many programs write UTF-8 there
    all the same, which is told by its being valid.
    """
    try:
        name = stored.decode()
    except UnicodeDecodeError:
        name = stored.decode("cp437")
    if info.create_system == _FAT:
        name = name.replace("\\", "/")
    if "\0" in name:
        return name.replace("\0", "\\x00"), "Its name in the archive holds a zero byte. Rename it."
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:[/\\]", name):
        return name, "Its name in the archive is an absolute path. Make the archive from inside the folder."
    if ".." in re.split(r"[/\\]", name):
        return (
            name,
            "Its name in the archive leads out of it ('..'). Make the archive from inside the folder.",
        )
    return "/".join(part for part in name.split("/") if part not in ("", ".")), None


def _refusal(info: ZipInfo) -> str | None:
    if info.flag_bits & _ENCRYPTED:
        return "It is encrypted. Make the archive again without a password."
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2):
        return "It is compressed in a rare way. Make the archive again with ordinary (deflate) compression."
    if max(info.file_size, info.compress_size) > MAX_BYTES:
        return f"Unpacked it has more than {MAX_BYTES // 1_000_000} MB. Put a smaller copy into the archive."
    if info.file_size > max(_MAY_SHRINK, _MOST_SHRUNK * info.compress_size):
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
