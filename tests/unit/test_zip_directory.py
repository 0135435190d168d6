"""A ZIP archive's directory: one line that cannot be understood hides no other, and names are read right."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from pipeline.sources.archive import ZipSource
from pipeline.sources.ranges import LocalRanges
from pipeline.sources.zip_directory import read_directory

PHOTO = random.Random(7).randbytes(5000)
LINE = b"PK\1\2"


def archive_of(path: Path, *names: str, extra: bytes = b"") -> Path:
    """An archive of photos with these names; the extra field is the first one's."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.extra, extra = extra, b""
            archive.writestr(info, PHOTO)
    return path


def source(path: Path) -> ZipSource:
    return ZipSource(LocalRanges(path))


def refusals(path: Path) -> dict[str, str | None]:
    return {entry.name: entry.refusal for entry in source(path).entries()}


def patch_line(path: Path, offset: int, form: str, value: int) -> None:
    """Overwrites a number in the directory's first line."""
    data = bytearray(path.read_bytes())
    struct.pack_into(form, data, data.index(LINE) + offset, value)
    path.write_bytes(data)


def rename(path: Path, old: bytes, new: bytes) -> None:
    assert len(old) == len(new)
    path.write_bytes(path.read_bytes().replace(old, new))


def test_a_name_that_is_not_the_utf8_that_it_is_said_to_be_is_refused_alone(tmp_path: Path) -> None:
    path = archive_of(tmp_path / "party.zip", "odd.jpg", "good.jpg")
    rename(path, b"odd.jpg", b"\xff\xfe\0.jpg")
    patch_line(path, 8, "<H", 0x800)
    found = refusals(path)
    assert found.pop("good.jpg") is None
    ((name, reason),) = found.items()
    assert name == r"\xff\xfe\x00.jpg"
    assert "not the UTF-8" in str(reason)
    assert source(path).read("good.jpg") == PHOTO


def test_a_line_that_asks_for_newer_programs_is_refused_alone(tmp_path: Path) -> None:
    path = archive_of(tmp_path / "party.zip", "new.jpg", "good.jpg")
    patch_line(path, 6, "<H", 99)
    found = refusals(path)
    assert found.pop("good.jpg") is None
    assert "version 9.9 of ZIP" in str(found["new.jpg"])


@pytest.mark.parametrize(
    ("extra", "is_damaged"),
    [
        (struct.pack("<HH", 0x0001, 255) + b"zz", True),  # claims to be longer than it is
        (struct.pack("<HH", 0xCAFE, 2) + b"zz" + b"\0\0\0", False),  # filled up
    ],
)
def test_a_line_whose_extra_field_is_damaged_is_refused_alone(
    tmp_path: Path, extra: bytes, is_damaged: bool
) -> None:
    path = archive_of(tmp_path / "party.zip", "odd.jpg", "good.jpg", extra=extra)
    found = refusals(path)
    assert found["good.jpg"] is None
    assert ("directory is damaged" in str(found["odd.jpg"])) is is_damaged


def test_a_line_that_does_not_say_how_large_its_photo_is_is_refused_alone(tmp_path: Path) -> None:
    path = archive_of(tmp_path / "party.zip", "odd.jpg", "good.jpg")
    patch_line(path, 20, "<I", 0xFFFFFFFF)  # in the extra field, where there is none
    assert "directory is damaged" in str(refusals(path)["odd.jpg"])
    assert source(path).read("good.jpg") == PHOTO


def unicode_path(stands_for: bytes, name: bytes, version: int = 1) -> bytes:
    field = struct.pack("<BI", version, zlib.crc32(stands_for)) + name
    return struct.pack("<HH", 0x7075, len(field)) + field


STORED = "Фото.jpg".encode("cp866")


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (unicode_path(STORED, "Фото.jpg".encode()), "Фото.jpg"),
        (unicode_path(b"another name", "Фото.jpg".encode()), STORED.decode("cp437")),  # renamed since
        (unicode_path(STORED, "Фото.jpg".encode(), version=2), STORED.decode("cp437")),
        (unicode_path(STORED, b"\xff.jpg"), STORED.decode("cp437")),
        (struct.pack("<HH", 0x7075, 2) + b"\1\0", STORED.decode("cp437")),
    ],
)
def test_a_name_in_the_field_beside_it_counts_where_it_belongs_to_it(
    tmp_path: Path, field: bytes, name: str
) -> None:
    path = archive_of(tmp_path / "party.zip", "xxxx.jpg", extra=field)
    rename(path, b"xxxx.jpg", STORED)
    assert refusals(path) == {name: None}
    assert source(path).read(name) == PHOTO


def test_a_name_in_the_field_beside_it_leads_nowhere_else(tmp_path: Path) -> None:
    field = unicode_path(b"xxxx.jpg", b"../../secret.jpg")
    path = archive_of(tmp_path / "party.zip", "xxxx.jpg", extra=field)
    assert "leads out" in str(refusals(path)["../../secret.jpg"])


@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\n" * 10_000])
@pytest.mark.parametrize("comment", [b"", b"thank you", b"c" * 65_535])
@pytest.mark.parametrize("large", [False, True])
def test_reads_what_zipfile_reads(
    tmp_path: Path, before: bytes, comment: bytes, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:  # then everything is written as in archives of more than 4 GB
        monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
        monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 0)
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a.jpg", "Grüße.jpg"):
            with archive.open(name, "w", force_zip64=large) as file:
                file.write(PHOTO)
        archive.comment = comment
    path = tmp_path / "party.zip"
    path.write_bytes(before + memory.getvalue())
    infos = zipfile.ZipFile(path).infolist()
    lines, size = read_directory(LocalRanges(path))
    assert size == path.stat().st_size
    assert [(line.offset, line.packed, line.size, line.crc) for line in lines] == [
        (info.header_offset, info.compress_size, info.file_size, info.CRC) for info in infos
    ]
    assert {entry.name: source(path).read(entry.name) for entry in source(path).entries()} == {
        "a.jpg": PHOTO,
        "Grüße.jpg": PHOTO,
    }


def test_a_small_archive_is_listed_with_one_read(tmp_path: Path) -> None:
    class Counted(LocalRanges):
        reads = 0

        def read(self, start: int, length: int) -> bytes:
            self.reads += 1
            return super().read(start, length)

    ranges = Counted(archive_of(tmp_path / "party.zip", "a.jpg", "b.jpg"))
    assert [entry.name for entry in ZipSource(ranges).entries()] == ["a.jpg", "b.jpg"]
    assert ranges.reads == 1
