"""A ZIP archive as a source: what it lists, what it refuses by name, what it survives."""

from __future__ import annotations

import io
import os
import random
import stat
import struct
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline.errors import SourceUnreachable
from pipeline.sources.archive import ZipSource
from pipeline.sources.folder import FolderSource
from pipeline.sources.ranges import LocalRanges
from pipeline.types import SourceEntry

BYTES = random.Random(7).randbytes(50_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "party.zip"


def source(path: Path) -> ZipSource:
    return ZipSource(LocalRanges(path))


def write(path: Path, photos: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> ZipSource:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in photos.items():
            archive.writestr(name, data)
    return source(path)


def named(path: Path, stored: bytes, *, utf8: bool = False, system: int = 3) -> ZipSource:
    """An archive with one photo whose name is exactly these bytes."""
    stand_in = b"x" * len(stored)
    write(path, {stand_in.decode(): BYTES}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes().replace(stand_in, stored))
    for signature, made_by, flags in ((b"PK\x03\x04", None, 6), (b"PK\x01\x02", 5, 8)):
        at = data.index(signature)
        struct.pack_into("<H", data, at + flags, 0x800 if utf8 else 0)
        if made_by is not None:
            data[at + made_by] = system
    path.write_bytes(data)
    return source(path)


def only(archive: ZipSource) -> SourceEntry:
    (entry,) = archive.entries()
    return entry


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_lists_photos_by_name_and_reads_them(path: Path, method: int) -> None:
    photos = {"b.JPG": b"b", "a.jpeg": BYTES, "Zoo/deep/d.png": b"", "a dir/ü é.webp": b"\0" * 900_000}
    archive = write(path, photos, method)
    assert [entry.name for entry in archive.entries()] == sorted(photos)
    assert {entry.name: archive.read(entry.name) for entry in archive.entries()} == photos
    assert {entry.name: entry.size for entry in archive.entries()} == {n: len(d) for n, d in photos.items()}
    assert {entry.refusal for entry in archive.entries()} == {None}


def test_lists_what_a_folder_would(tmp_path: Path, path: Path) -> None:
    names = [
        "a.jpg", "notes.txt", "sub/b.png", ".b.jpg", "._a.jpg", ".thumbs/c.jpg", "__MACOSX/._a.jpg",
        "@eaDir/a.jpg/XL.jpg", "Thumbs.db", "sub/.DS_Store", "secret.txt",
    ]  # fmt: skip
    for name in names:
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(BYTES)
    archive = write(path, {**dict.fromkeys(names, BYTES), "empty/": b"", "folder.jpg/": b""})
    folder = FolderSource(tmp_path / "photos")
    assert [entry.name for entry in archive.entries()] == sorted(entry.name for entry in folder.entries())


def test_links_are_left_out(path: Path) -> None:
    link = zipfile.ZipInfo("out.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.jpg", b"a")
    assert only(source(path)).name == "a.jpg"


def test_the_address_opens_it_again(tmp_path: Path, path: Path) -> None:
    write(path, {"a.jpg": b"a"})
    (tmp_path / "link.zip").symlink_to(path)
    uri = source(tmp_path / "link.zip").uri
    assert uri == str(path)
    assert source(Path(uri)).read("a.jpg") == b"a"


@pytest.mark.parametrize(
    ("stored", "utf8", "system", "name"),
    [
        ("Grüße.jpg".encode("cp437"), False, 0, "Grüße.jpg"),
        ("Grüße.jpg".encode(), False, 3, "Grüße.jpg"),  # as macOS writes it, without saying so
        ("Grüße.jpg".encode(), True, 3, "Grüße.jpg"),
        (rb"Crab Week\evening\c.jpg", False, 0, "Crab Week/evening/c.jpg"),
        (b"./evening//c.jpg", False, 3, "evening/c.jpg"),
        (rb"a\b.jpg", False, 3, r"a\b.jpg"),
    ],
)
def test_names(path: Path, stored: bytes, utf8: bool, system: int, name: str) -> None:
    archive = named(path, stored, utf8=utf8, system=system)
    assert (only(archive).name, only(archive).refusal) == (name, None)
    assert archive.read(name) == BYTES


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (b"../secret.jpg", "leads out"),
        (b"a/../../secret.jpg", "leads out"),
        (rb"..\secret.jpg", "leads out"),
        (b"/etc/secret.jpg", "absolute"),
        (rb"\\server\secret.jpg", "absolute"),
        (b"C:/secret.jpg", "absolute"),
        (b"a.jpg\0.jpg", "zero byte"),
    ],
)
@pytest.mark.parametrize("system", [0, 3])
def test_names_that_lead_elsewhere_are_refused(path: Path, stored: bytes, words: str, system: int) -> None:
    archive = named(path, stored, system=system)
    assert words in str(only(archive).refusal)
    with pytest.raises(SourceUnreachable, match=words):
        archive.read(only(archive).name)
    assert "secret" in only(archive).name or words == "zero byte"


def test_the_last_of_several_with_one_name_counts(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jpg", b"first")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.jpg", b"second")
    assert only(source(path)).size == 6
    assert source(path).read("a.jpg") == b"second"


def patched(path: Path, signature: bytes, offset: int, form: str, value: int) -> ZipSource:
    """The archive with a number in the first header of that signature overwritten."""
    data = bytearray(path.read_bytes())
    struct.pack_into(form, data, data.index(signature) + offset, value)
    path.write_bytes(data)
    return source(path)


@pytest.mark.parametrize(
    ("offset", "form", "value", "words"),
    [
        (8, "<H", 0x1, "encrypted"),
        (10, "<H", 9, "rare way"),
        (24, "<I", 500_000_001, "500 MB"),
        (24, "<I", 6_000_000, "as no photo does"),
    ],
)
def test_what_must_not_be_read_is_refused_by_name(
    path: Path, offset: int, form: str, value: int, words: str
) -> None:
    write(path, {"a.jpg": BYTES, "b.jpg": b"b"})
    archive = patched(path, b"PK\x01\x02", offset, form, value)
    assert {entry.name: words in str(entry.refusal) for entry in archive.entries()} == {
        "a.jpg": True,
        "b.jpg": False,
    }
    with pytest.raises(SourceUnreachable, match=words):
        archive.read("a.jpg")
    assert archive.read("b.jpg") == b"b"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_bomb_is_refused_by_its_ratio(path: Path, method: int) -> None:
    archive = write(path, {"bomb.png": bytes(30_000_000), "white.bmp": bytes(900_000)}, method)
    refusals = {entry.name: entry.refusal is not None for entry in archive.entries()}
    assert refusals == {"bomb.png": True, "white.bmp": False}
    with pytest.raises(SourceUnreachable, match="as no photo does"):
        archive.read("bomb.png")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_what_unpacks_to_more_than_declared_is_not_unpacked(path: Path, method: int) -> None:
    write(path, {"liar.jpg": bytes(50_000_000)}, method)
    archive = patched(path, b"PK\x01\x02", 24, "<I", 40_000)
    assert only(archive).refusal is None
    with pytest.raises(SourceUnreachable, match="damaged"):
        archive.read("liar.jpg")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_damaged_photo_does_not_harm_the_others(path: Path, method: int) -> None:
    write(path, {"a.jpg": BYTES, "b.jpg": b"b"}, method)
    data = bytearray(path.read_bytes())
    data[2000:2100] = bytes(100)
    path.write_bytes(data)
    archive = source(path)
    with pytest.raises(SourceUnreachable, match=r"a\.jpg is damaged in the archive"):
        archive.read("a.jpg")
    assert archive.read("b.jpg") == b"b"


def test_a_wrong_place_in_the_directory_is_noticed(path: Path) -> None:
    write(path, {"a.jpg": BYTES, "b.jpg": BYTES})
    archive = patched(path, b"PK\x01\x02", 42, "<I", 1)
    with pytest.raises(SourceUnreachable, match=r"a\.jpg is damaged"):
        archive.read("a.jpg")


def test_parts_that_lie_over_each_other_are_refused_as_a_whole(path: Path) -> None:
    write(path, {"a.jpg": BYTES, "b.jpg": BYTES}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    for at in (second, data.index(b"PK\x01\x02")):
        struct.pack_into("<II", data, at + 20, 60_000, 60_000)
    path.write_bytes(data)
    with pytest.raises(SourceUnreachable, match="claims to hold more"):
        list(source(path).entries())


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "half"])
def test_says_what_is_wrong_with_the_archive(path: Path, damage: str) -> None:
    write(path, {"a.jpg": BYTES, "b.jpg": BYTES})
    data = path.read_bytes()
    path.write_bytes(
        {"cut": data[:-3000], "empty": b"", "text": b"Dear diary", "half": data[:40_000]}[damage]
    )
    with pytest.raises(SourceUnreachable, match="is no ZIP archive, or is damaged"):
        list(source(path).entries())


def test_says_that_there_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match="There is no file"):
        list(source(tmp_path / "nothing.zip").entries())
    with pytest.raises(SourceUnreachable, match="UTF-8"):
        list(source(tmp_path / "\udcff.zip").entries())
    with pytest.raises(SourceUnreachable, match="cannot be read"):
        source(tmp_path).read("a.jpg")


def test_a_directory_of_millions_of_lines_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, {f"{number:05}.jpg": b"" for number in range(2000)})
    monkeypatch.setattr("pipeline.sources.zip_directory._LARGEST_DIRECTORY", 50_000)
    with pytest.raises(SourceUnreachable, match="Split it"):
        list(source(path).entries())


def test_an_archive_that_is_replaced_is_read_anew(path: Path) -> None:
    archive = write(path, {"a.jpg": b"old", "b.jpg": BYTES})
    before = {entry.name: entry.fingerprint for entry in archive.entries()}
    write(path, {"0.jpg": BYTES, "a.jpg": b"new", "b.jpg": BYTES})
    assert archive.read("a.jpg") == b"new"
    after = {entry.name: entry.fingerprint for entry in archive.entries()}
    assert before["a.jpg"] != after["a.jpg"]
    assert before["b.jpg"] == after["b.jpg"]
    write(path, {"b.jpg": BYTES})
    with pytest.raises(SourceUnreachable, match=r"a\.jpg is no longer in the archive"):
        archive.read("a.jpg")


def test_is_read_behind_other_bytes_with_a_comment_and_long_extra_fields(path: Path) -> None:
    info = zipfile.ZipInfo("a.jpg")
    info.extra = struct.pack("<HH", 0xCAFE, 2000) + bytes(2000)
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(info, BYTES)
        archive.comment = b"thank you" * 1000
    path.write_bytes(b"#!/bin/sh\n" * 500 + memory.getvalue())
    assert source(path).read("a.jpg") == BYTES


def test_is_read_when_it_was_written_as_a_stream(path: Path) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:  # type: ignore[no-untyped-def]
            self.data += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.jpg", "w") as file:
        file.write(BYTES)
    path.write_bytes(pipe.data)
    assert source(path).read("a.jpg") == BYTES


def test_many_threads_read_at_once(path: Path) -> None:
    photos = {f"{number}.jpg": bytes([number]) * 5000 + os.urandom(20_000) for number in range(60)}
    archive = write(path, photos)
    with ThreadPoolExecutor(8) as executor:
        for _ in range(5):
            read = dict(zip(photos, executor.map(archive.read, photos), strict=True))
            assert read == photos


def test_an_archive_with_changed_bytes_gives_photos_or_sentences(path: Path) -> None:
    photos = {"a.jpg": BYTES[:300], "b/c.png": bytes(2000), "d.jpg": BYTES[:10]}
    write(path, photos)
    whole = path.read_bytes()
    for seed in range(300):
        chance = random.Random(seed)
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        assert set(_read_what_can_be(source(path))) <= set(photos.values()), seed


def _read_what_can_be(archive: ZipSource) -> Iterator[bytes]:
    try:
        entries = list(archive.entries())
    except SourceUnreachable:
        return
    for entry in entries:
        with suppress(SourceUnreachable):
            yield archive.read(entry.name)
