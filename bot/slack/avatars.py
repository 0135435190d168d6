"""A person's profile picture, to search with."""

from __future__ import annotations

import logging

from bot import words
from bot.errors import DownloadFailed, Refused
from bot.slack.deadlines import Deadline
from bot.slack.downloads import MOST_SECONDS, Downloader
from bot.slack.people import Person

log = logging.getLogger(__name__)

MOST_TRIES = 3  # sizes of the same picture; where three fail, the fourth does too


def fetch_avatar(person: Person, downloads: Downloader, *, own: bool, photos_allowed: bool = True) -> bytes:
    """The bytes of the person's picture in the best size to be had.

    own: the person asks for themselves, which changes the advice, as photos_allowed does:
    whether people may search with a photo instead. Raises Refused.
    """
    if not person.pictures:
        raise Refused(words.no_avatar(person.id, own=own, photos_allowed=photos_allowed))
    deadline = Deadline(MOST_SECONDS)  # for all sizes together: a person waits for the answer
    for url in person.pictures[:MOST_TRIES]:
        try:
            return downloads.picture(url, public=True, deadline=deadline)
        except DownloadFailed as error:
            log.warning("the profile picture of %s: %s", person.id, error)
    raise Refused(words.avatar_unavailable(person.id, own=own, photos_allowed=photos_allowed))
