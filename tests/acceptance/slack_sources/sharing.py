"""What people share in #crabs, and what becomes of it."""

from __future__ import annotations

import io
import zipfile

from bot.playground import Ack
from pipeline.finder import PhotoFinder
from pipeline.types import Event
from tests.acceptance.world import World
from tests.fakes.recognizer import BLUE, GREEN, RED, picture
from tests.workers import wait_for

TEAM_URI = "slack://T0PLAYGRND"


def indexed(findme: World, finder: PhotoFinder, text: str = "week #crabs") -> Event:
    """Indexes #crabs, and waits until it is ready."""
    findme.index(text)
    findme.parent(findme.crabs, "is ready")
    (event,) = finder.events()
    return event


def share(findme: World, *photos: tuple[str, bytes], thread: str | None = None, text: str = "look") -> str:
    """Grace shares photos in #crabs; the message's ts."""
    return findme.slack.say(findme.grace, findme.crabs, text, files=photos, thread_ts=thread).ts


def photos_of(finder: PhotoFinder, number: int) -> None:
    """Waits until the event has so many photos."""
    wait_for(lambda: finder.events()[0].photos == number)


def archive() -> tuple[str, bytes]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("evening/one.png", picture(RED))
        file.writestr("two.png", picture(RED, GREEN, seed=1))
        file.writestr("../three.png", picture(BLUE, seed=2))
    return "party.zip", out.getvalue()


def submit_form(findme: World, kind: str, field: str, value: dict[str, object]) -> Ack:
    """Eileen opens the form in #crabs, chooses the kind of source, and submits it."""
    findme.index("")
    (view,) = findme.slack.wait_for(
        lambda: [view for view in findme.slack.modals(findme.eileen) if view.view.get("submit")]
    )
    findme.slack.click(findme.eileen, view, "index_kind", value=kind)
    (view,) = findme.slack.wait_for(
        lambda: [
            view
            for view in findme.slack.modals(findme.eileen)
            if view.view["blocks"][-1]["block_id"] == field
        ]
    )
    values = {"name": {"name": {"value": "Crab Week"}}, field: {field: value}}
    return findme.slack.submit(findme.eileen, view, values)
