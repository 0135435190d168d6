"""The name of a file in a ZIP archive, which is written in one of several codes."""

from __future__ import annotations

import re
import struct
import zlib

from pipeline.sources.zip_directory import Line

_UTF8 = 0x800  # flag
_FAT = 0  # made on DOS or Windows
_UNICODE_PATH = 0x7075
_UNICODE_PATH_HEAD = struct.Struct("<BI")  # version, checksum of the name that it stands for


def readable_name(line: Line) -> tuple[str, str | None]:
    r"""The name with forward slashes, and why it is refused; without empty steps where it is not.

    A folder's ends in a slash. In a refused one, what is no text is written as \xff.
    """
    name = _decoded(line)
    if name is None:
        escaped = line.stored_name.replace(b"\0", rb"\x00").decode(errors="backslashreplace")
        return escaped, "Its name in the archive is not the UTF-8 that it is said to be. Rename it."
    if line.system == _FAT:
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
    steps = [part for part in name.split("/") if part not in ("", ".")]
    return "/".join(steps) + "/" * name.endswith("/"), None


def _decoded(line: Line) -> str | None:
    """The name as text; None where it is not in the code that the archive names.

    Without the flag for UTF-8, names are in the code page of the first PC; many programs write UTF-8 there
    all the same, which is told by its being valid. Others, for whose language that page has no letters, write
    UTF-8 into a field beside it.
    """
    beside = _unicode_path(line)
    if beside is not None:
        return beside
    try:
        return line.stored_name.decode()
    except UnicodeDecodeError:
        return None if line.flags & _UTF8 else line.stored_name.decode("cp437")


def _unicode_path(line: Line) -> str | None:
    """The name in the field for it, where that still belongs to the one that it stands beside.

    A program that does not know the field renames the file without it.
    """
    field = line.fields.get(_UNICODE_PATH, b"")
    try:
        version, crc = _UNICODE_PATH_HEAD.unpack_from(field)
        name = field[_UNICODE_PATH_HEAD.size :].decode()
    except (struct.error, UnicodeDecodeError):
        return None
    return name if version == 1 and crc == zlib.crc32(line.stored_name) and name else None
