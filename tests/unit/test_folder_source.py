"""A folder as a source: what it lists, what it leaves out, what it refuses to read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import SourceUnreachable
from pipeline.sources.folder import FolderSource


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def listed(folder: Path) -> list[str]:
    return [entry.name for entry in FolderSource(folder).entries()]


def test_lists_photos_of_all_folders_in_a_stable_order(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "b.JPG",
        "a.jpeg",
        "Zoo/c.HeIC",
        "Zoo/deep/er/d.png",
        "a dir/ü é.webp",
        "notes.txt",
        "raw.dng2",
    )
    assert listed(tmp_path) == ["a.jpeg", "b.JPG", "Zoo/c.HeIC", "Zoo/deep/er/d.png", "a dir/ü é.webp"]
    source = FolderSource(tmp_path)
    assert [source.read(name).decode() for name in listed(tmp_path)] == listed(tmp_path)


def test_leaves_out_what_is_hidden_and_what_systems_leave(tmp_path: Path) -> None:
    touch(
        tmp_path, "a.jpg", ".b.jpg", "._a.jpg", ".thumbs/c.jpg", "__MACOSX/d.jpg", "@eaDir/a.jpg/XL.jpg",
        "Thumbs.db", ".DS_Store", "lost+found/e.jpg",
    )  # fmt: skip
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    assert listed(tmp_path) == ["a.jpg"]


def test_a_hidden_root_is_what_was_asked_for(tmp_path: Path) -> None:
    touch(tmp_path, ".photos/a.jpg")
    assert listed(tmp_path / ".photos") == ["a.jpg"]


def test_links_are_not_followed_but_the_root_may_be_one(tmp_path: Path) -> None:
    touch(tmp_path, "photos/a.jpg", "private/secret.jpg")
    photos = tmp_path / "photos"
    (photos / "loop").symlink_to(photos)
    (photos / "out").symlink_to(tmp_path / "private")
    (photos / "secret.jpg").symlink_to(tmp_path / "private" / "secret.jpg")
    (photos / "gone.jpg").symlink_to(tmp_path / "nothing.jpg")
    (tmp_path / "link").symlink_to(photos)
    assert listed(tmp_path / "link") == ["a.jpg"]
    assert FolderSource(tmp_path / "link").uri == str(photos)
    for name in ("secret.jpg", "out/secret.jpg", "loop/a.jpg"):
        with pytest.raises(SourceUnreachable):
            FolderSource(photos).read(name)


@pytest.mark.parametrize(
    "name", ["../secret.jpg", "a/../../secret.jpg", "/etc/passwd", "", "a//b.jpg", "./a.jpg", "a\0.jpg", ".."]
)
def test_reads_nothing_outside_the_folder(tmp_path: Path, name: str) -> None:
    touch(tmp_path, "photos/a/b.jpg", "secret.jpg")
    with pytest.raises(SourceUnreachable):
        FolderSource(tmp_path / "photos").read(name)


def test_names_that_are_no_utf8_are_listed_readably_and_read(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9\xff"
    try:
        os.mkdir(raw)  # noqa: PTH102  (pathlib takes no bytes)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    with open(raw + b"/\xfe.jpg", "wb") as file:  # noqa: PTH123  (as above)
        file.write(b"data")
    assert listed(tmp_path) == [r"caf\xe9\xff/\xfe.jpg"]
    assert FolderSource(tmp_path).read(r"caf\xe9\xff/\xfe.jpg") == b"data"


def test_a_name_with_a_backslash_is_taken_as_it_is(tmp_path: Path) -> None:
    touch(tmp_path, r"a\xff.jpg")
    assert listed(tmp_path) == [r"a\xff.jpg"]
    assert FolderSource(tmp_path).read(r"a\xff.jpg") == rb"a\xff.jpg"


def test_the_fingerprint_changes_with_the_file(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    (before,) = FolderSource(tmp_path).entries()
    os.utime(tmp_path / "a.jpg", ns=(0, 12345))
    (after,) = FolderSource(tmp_path).entries()
    assert before.size == after.size == 5
    assert before.fingerprint != after.fingerprint


def test_says_what_is_wrong_with_the_folder(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    with pytest.raises(SourceUnreachable, match="There is no folder"):
        listed(tmp_path / "nothing")
    with pytest.raises(SourceUnreachable, match="is not a folder"):
        listed(tmp_path / "a.jpg")
    with pytest.raises(SourceUnreachable, match="UTF-8"):
        listed(tmp_path / "\udcff")
    with pytest.raises(SourceUnreachable, match="no longer in the folder"):
        FolderSource(tmp_path).read("b.jpg")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_entered_says_so(tmp_path: Path) -> None:
    touch(tmp_path, "closed/b.jpg")
    (tmp_path / "closed").chmod(0o444)
    try:
        with pytest.raises(SourceUnreachable, match="Check its permissions"):
            listed(tmp_path / "closed")
    finally:
        (tmp_path / "closed").chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_subfolder_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "closed/b.jpg")
    (tmp_path / "closed").chmod(0)
    try:
        with pytest.raises(SourceUnreachable, match="cannot be listed"):
            listed(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)
