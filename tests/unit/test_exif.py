"""When a photo was taken."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from pipeline.exif import taken_at


def photo(kind: str = "JPEG", **times: object) -> bytes:
    """A small photo whose EXIF holds these tags."""
    exif = Image.Exif()
    for name, value in times.items():
        (exif.get_ifd(IFD.Exif) if name == "DateTimeOriginal" else exif)[Base[name]] = value
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, kind, exif=exif)
    return out.getvalue()


def test_the_moment_of_the_shot_comes_before_that_of_the_last_edit() -> None:
    shot = datetime(2025, 8, 9, 17, 30, 5)
    assert taken_at(photo(DateTimeOriginal="2025:08:09 17:30:05", DateTime="2026:01:01 00:00:00")) == shot
    assert taken_at(photo(DateTime="2025:08:09 17:30:05")) == shot
    assert taken_at(photo("WEBP", DateTimeOriginal="2025:08:09 17:30:05\0")) == shot


@pytest.mark.parametrize("said", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday", ""])
def test_what_no_camera_means_is_not_said(said: str) -> None:
    assert taken_at(photo(DateTimeOriginal=said)) is None


@pytest.mark.parametrize("data", [b"", b"text", photo(), photo("PNG"), photo()[:50]])
def test_without_a_note_nothing_is_said(data: bytes) -> None:
    assert taken_at(data) is None


def test_only_photos_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    taken_at(b"")  # lets Pillow register its own readers before
    asked = []
    monkeypatch.setitem(Image.OPEN, "STRANGE", (Image.Image, lambda start: asked.append(start)))
    monkeypatch.setattr(Image, "ID", [*Image.ID, "STRANGE"])
    assert taken_at(b"STRANGE" * 10) is None
    assert not asked
