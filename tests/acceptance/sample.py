"""A small labelled event on disk, for commands that run in processes of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance import portraits


@dataclass(frozen=True)
class Sample:
    """In the layout of `findme eval`: photos/, avatars/PERSON.jpg, truth.json."""

    folder: Path
    avatars: dict[str, Path]  # person: a picture of them that is none of the event's
    truth: dict[str, set[str]]  # person: the names of the photos that show them

    @property
    def photos(self) -> Path:
        return self.folder / "photos"

    @property
    def names(self) -> list[str]:
        """The names of all photos."""
        return sorted(
            path.relative_to(self.photos).as_posix() for path in self.photos.rglob("*") if path.is_file()
        )


def write(folder: Path) -> Sample:
    """Writes the event."""
    truth = {"grace": portraits.GRACES, "eileen": portraits.EILEENS}
    portraits.fill(folder / "photos")
    sample = Sample(folder, {person: folder / "avatars" / f"{person}.jpg" for person in truth}, truth)
    (folder / "avatars").mkdir()
    for person, picture in (("grace", portraits.grace()), ("eileen", portraits.eileen())):
        sample.avatars[person].write_bytes(portraits.jpeg(picture.resize((300, 360))))
    shown = {name: [person for person, names in truth.items() if name in names] for name in sample.names}
    (folder / "truth.json").write_text(json.dumps({"photos": shown}))
    return sample
