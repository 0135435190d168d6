"""Follows the channels that events were indexed from: new photos come in, deleted ones go."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.slack.addresses import SCHEME, parse_slack
from bot.slack.channel_source import ChannelSource
from pipeline.errors import EventBusy, FindMeError, UnknownEvent
from pipeline.finder import PhotoFinder
from pipeline.types import Event

log = logging.getLogger(__name__)

AGAIN_SECONDS = 10.0  # until an event that is being indexed, or a silent Slack, is tried again
MOST_TRIES = 20  # of what fails; an event that is being indexed is waited for
MARGIN = timedelta(hours=6)  # before the last indexing, which may have taken so long
LONGEST_QUEUE = 10_000  # happenings; what is more is left to the next complete run


@dataclass(frozen=True, slots=True)
class _Happening:
    """Something that changed a channel's photos."""

    place: str  # the channel's address; of a deleted file only the workspace's is known
    message: Mapping[str, Any] | None = None  # a new one with files
    deleted: Sequence[str] = ()  # ids of files
    missed: bool = False  # whatever was shared since the events were last indexed
    due: float = 0.0  # monotonic seconds
    tries: int = 0


class Follower:
    """Brings events up to date on a thread of its own, one photo after the other.

    What it misses, such as deletions while the bot is not running, the next complete run makes up for.
    """

    def __init__(self, finder: PhotoFinder, open_channel: Callable[[str], ChannelSource]) -> None:
        self._finder = finder
        self._open_channel = open_channel
        self._waiting: list[_Happening] = []
        self._changed = threading.Condition()
        self._closing = False
        self._busy = False
        self._thread = threading.Thread(target=self._follow, name="following-channels", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Is there nothing to do?"""
        with self._changed:
            return not self._waiting and not self._busy

    def shared(self, channel: str, message: Mapping[str, Any]) -> None:
        """Somebody shared files in a channel, given by its address; returns at once."""
        self._put(_Happening(channel, message))

    def deleted(self, place: str, files: Sequence[str]) -> None:
        """Files were deleted, in a channel or somewhere in a workspace; returns at once."""
        if files:
            self._put(_Happening(place, deleted=tuple(files)))

    def catch_up(self) -> None:
        """Looks once for what was shared in channels while the bot was not running.

        Raises DatabaseUnavailable.
        """
        channels = {event.source for event in self._finder.events_from(SCHEME)}
        for channel in sorted(channels):
            self._put(_Happening(channel, missed=True, tries=MOST_TRIES - 1))

    def close(self) -> None:
        """Finishes the photo in hand."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _put(self, happening: _Happening) -> None:
        with self._changed:
            if len(self._waiting) >= LONGEST_QUEUE:
                log.warning("too much happens in %s; index its events again", happening.place)
                return
            self._waiting.append(happening)
            self._changed.notify_all()

    def _follow(self) -> None:
        while (happening := self._next()) is not None:
            again = self._handle(happening)
            with self._changed:
                self._busy = False
                if again is not None:
                    self._waiting.append(again)

    def _next(self) -> _Happening | None:
        with self._changed:
            while not self._closing:
                first = min(self._waiting, key=lambda one: one.due, default=None)
                if first is not None and first.due <= time.monotonic():
                    self._waiting.remove(first)
                    self._busy = True
                    return first
                self._changed.wait(None if first is None else first.due - time.monotonic())
        return None

    def _handle(self, happening: _Happening) -> _Happening | None:
        """Does what is to be done; what is to be tried again, with its time."""
        later = time.monotonic() + AGAIN_SECONDS
        try:
            self._bring_up_to_date(happening)
        except EventBusy:
            return replace(happening, due=later)
        except UnknownEvent:
            return None
        except FindMeError as error:
            log.warning("%s is not followed just now: %s", happening.place, error)
            tries = happening.tries + 1
            return replace(happening, due=later, tries=tries) if tries < MOST_TRIES else None
        except Exception:  # the thread must live on
            log.exception("%s could not be followed", happening.place)
        return None

    def _bring_up_to_date(self, happening: _Happening) -> None:
        events = self._events(happening.place)
        if not events:
            return
        for event in events:
            if happening.deleted:
                self._finder.drop(event, happening.deleted)
        if happening.message is None and not happening.missed:
            return
        source = self._open_channel(happening.place)
        if happening.message is None:
            entries = source.entries_since(min(event.indexed_at for event in events) - MARGIN)
        else:
            entries = source.entries_of(happening.message)
        for event in events if entries else ():
            added = self._finder.add(event, source, entries)
            log.info("%d new photos in event %s", added, event.key.slug)

    def _events(self, place: str) -> list[Event]:
        """The events from that channel, or from any channel of that workspace."""
        events = [event for event in self._finder.events_from(place) if not parse_slack(event.source).is_file]
        return [event for event in events if place.endswith("/") or event.source == place]
