"""The further shots of moments that a reply shows by their best: brought when somebody presses its button."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot import words
from bot.errors import Refused
from bot.replies import blocks
from bot.replies.threads import Answer, Messenger
from bot.replies.uploads import PhotoFile
from bot.search import PersonSearch, jpeg_name
from bot.slack.conversation import Conversation
from pipeline.errors import FindMeError
from pipeline.finder import PhotoFinder

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shots:
    """What the button asks for."""

    event_id: int
    photo_ids: tuple[int, ...]


def shots_of(value: str) -> Shots | None:
    """What stands in a button's value; None where it is nothing that this bot has written."""
    event, _, photos = value.partition(":")
    try:
        return Shots(int(event), tuple(int(photo) for photo in photos.split(",")))
    except ValueError:
        return None


class SimilarShots:
    """Brings them. Safe to use from several threads."""

    def __init__(self, finder: PhotoFinder, search: PersonSearch, messenger: Messenger) -> None:
        self._finder = finder
        self._search = search
        self._messenger = messenger

    def show(self, asked: Conversation, shots: Shots, home: Collection[str]) -> None:
        """Puts the photos into the thread, if whoever pressed may see their event there.

        Raises Refused and what delivering raises.
        """
        event = self._search.visible_event(asked, shots.event_id, home)
        if event is None:
            raise Refused(words.SIMILAR_GONE)
        found = self._finder.shown(event, shots.photo_ids)
        files: list[PhotoFile] = []
        for photo, data in zip(found, self._finder.previews(found), strict=True):
            name = PurePosixPath(photo.photo).name
            if isinstance(data, FindMeError):
                log.warning("%s of %s is not shown: %s", photo.photo, photo.event, data)
                continue
            alt = words.alt(name, event.key.slug, len(files) + 1, len(found))
            files.append(PhotoFile(jpeg_name(photo.photo), name, alt, data))
        if not files:
            raise Refused(words.SIMILAR_GONE)
        self._messenger.deliver(asked, Answer(_message(len(files), asked), files))


def _message(number: int, asked: Conversation) -> blocks.Message:
    return blocks.message(words.similar_shots(number, asked.user))


def without_buttons(message_blocks: Sequence[blocks.Block]) -> list[blocks.Block]:
    """A message's blocks after its button was pressed."""
    return [block for block in message_blocks if block.get("type") != "actions"]
