"""What the camera noted in a photo, beside its pixels."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from PIL.ExifTags import IFD, Base

from pipeline.images.opening import open_photo


def taken_at(data: bytes) -> datetime | None:
    """When the photo was taken, by the camera's clock, which knows no time zone; None when not said."""
    # EXIF is what any device or tool cared to write; what cannot be understood counts as not said.
    with suppress(Exception), open_photo(data) as photo:
        if photo.format == "PNG":  # Pillow would decode all of it, for what cameras do not write
            return None
        exif = photo.getexif()
        said = exif.get_ifd(IFD.Exif).get(Base.DateTimeOriginal) or exif.get(Base.DateTime)
        return datetime.strptime(str(said).strip("\0 "), "%Y:%m:%d %H:%M:%S")
    return None
