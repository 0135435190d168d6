"""Shots of one moment: the reply shows the best one of them, and the search knows all."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image
from PIL.ExifTags import IFD, Base

from bot.replies.blocks import SIMILAR
from bot.similar import Shots, shots_of
from pipeline.finder import PhotoFinder
from pipeline.registry import Recognizers
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import EventKey
from tests.acceptance import portraits
from tests.acceptance.world import World, world

NOON = datetime(2026, 6, 1, 12, 0, 0)


def shot(picture: Image.Image, seconds: int) -> bytes:
    """A JPEG that says when it was taken."""
    exif = Image.Exif()
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = f"{NOON + timedelta(seconds=seconds):%Y:%m:%d %H:%M:%S}"
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, exif=exif)
    return out.getvalue()


def has_button(findme: World) -> bool:
    """Does the only message of #crabs have one?"""
    (message,) = findme.slack.messages(findme.crabs)
    return "actions" in [block["type"] for block in message.blocks]


def test_a_burst_is_shown_by_its_best_shot(store: Store, registry: Recognizers, tmp_path: Path) -> None:
    portrait = portraits.grace()
    for seconds in range(3):
        (tmp_path / f"burst-{seconds}.jpg").write_bytes(
            shot(portrait.rotate(seconds, fillcolor="grey"), seconds)
        )
    (tmp_path / "later.jpg").write_bytes(shot(portrait, 3600))
    (tmp_path / "together.jpg").write_bytes(shot(portraits.together(), 1))
    finder = PhotoFinder(store, registry, lambda uri: FolderSource(Path(uri)))
    finder.index(FolderSource(tmp_path), EventKey("party"))

    with world(finder) as findme:
        findme.find("@grace in party")
        parent = findme.parent(findme.crabs)
        assert "in 5 photos of *party*" in parent.text
        assert "The best 3 of 5" in parent.text
        images = findme.images(findme.crabs, parent.ts)
        findme.settle()
        assert has_button(findme)
        assert findme.slack.click(findme.grace, parent, SIMILAR).ok
        findme.replied(findme.crabs, parent.ts, "2 more shots of the moments above")
        findme.slack.wait_for(lambda: not has_button(findme))  # what is pressed is done with
        more = findme.images(findme.crabs, parent.ts)[len(images) :]

    names = {name for name, _, _ in images}
    assert len(names) == 3
    assert {"later.jpg", "together.jpg"} < names
    (best,) = names - {"later.jpg", "together.jpg"}
    (title,) = (title for name, title, _ in images if name == best)
    assert title.endswith(" · +2 similar")
    left_out = {"burst-0.jpg", "burst-1.jpg", "burst-2.jpg"} - {best}
    assert "Left out, because they show nearly the same" in parent.text
    assert all(f"`{name}`" in parent.text for name in left_out)
    assert f"`{best}`" not in parent.text
    assert {name for name, _, _ in more} == left_out

    event = finder.event("party")
    found = finder.find(finder.probe(shot(portrait, 0), event), events=[event])
    assert len(found.matches) == 5, "the command line lists every photo"


def test_copies_without_a_time_are_shown_once(store: Store, registry: Recognizers, tmp_path: Path) -> None:
    """A messenger saves a photo anew, at half its size, and takes the time away."""
    portrait = portraits.grace()
    (tmp_path / "photo.jpg").write_bytes(shot(portrait, 0))
    (tmp_path / "saved.jpg").write_bytes(portraits.jpeg(portrait))
    (tmp_path / "half.jpg").write_bytes(portraits.jpeg(portrait.resize((256, 300))))
    (tmp_path / "turned.jpg").write_bytes(portraits.jpeg(portrait.rotate(4, fillcolor="grey")))
    finder = PhotoFinder(store, registry, lambda uri: FolderSource(Path(uri)))
    finder.index(FolderSource(tmp_path), EventKey("party"))
    with world(finder) as findme:
        findme.find("@grace in party")
        parent = findme.parent(findme.crabs)
        names = {name for name, _, _ in findme.images(findme.crabs, parent.ts)}
    assert "The best 2 of 4" in parent.text
    assert "turned.jpg" in names
    assert len(names) == 2


def test_who_may_not_see_the_event_is_not_shown_its_shots(
    store: Store, registry: Recognizers, tmp_path: Path
) -> None:
    """The button stands in a channel that has since lost the event: its photos are another channel's now."""
    for seconds in range(2):
        (tmp_path / f"burst-{seconds}.jpg").write_bytes(shot(portraits.grace(), seconds))
        (tmp_path / f"again-{seconds}.jpg").write_bytes(shot(portraits.grace().rotate(1), seconds))
    finder = PhotoFinder(store, registry, lambda uri: FolderSource(Path(uri)))
    finder.index(FolderSource(tmp_path), EventKey("party"))
    with world(finder) as findme:
        findme.find("@grace in party")
        parent = findme.parent(findme.crabs)
        images = findme.images(findme.crabs, parent.ts)
        findme.settle()
        finder.forget_event(finder.event("party"))
        finder.index(FolderSource(tmp_path), EventKey("party", findme.slack.app.team_id, "G0OTHERS"))
        findme.slack.click(findme.eileen, parent, SIMILAR)
        findme.replied(findme.crabs, parent.ts, "can't show those shots here")
        assert findme.images(findme.crabs, parent.ts) == images


def test_a_button_that_the_bot_has_not_written_asks_for_nothing() -> None:
    assert shots_of("12:3,4") == Shots(12, (3, 4))
    for value in ("", "12", "12:", "a:1", "1:b", ":1"):
        assert shots_of(value) is None
