"""Follows the channels that events were indexed from: new photos come in, deleted ones go."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.slack.addresses import SCHEME, parse_slack
from bot.slack.brief import brief
from bot.slack.channel_source import ChannelSource
from pipeline.errors import EventBusy, FindMeError, UnknownEvent
from pipeline.finder import PhotoFinder
from pipeline.types import Event

log = logging.getLogger(__name__)

AGAIN_SECONDS = 10.0  # until an event that is being indexed, or a silent Slack, is tried again
LONGEST_PAUSE = 600.0  # seconds; what fails again and again is tried ever less often
CLOSING_SECONDS = 20.0  # that the photo in hand may take when the bot stops; the next start makes up for it
MOST_TRIES = 20  # of what fails, some two hours; an event that is being indexed is waited for
MARGIN = timedelta(hours=6)  # before the last indexing, which may have taken so long
LONGEST_QUEUE = 10_000  # happenings; what is more is left to the next complete run


@dataclass(frozen=True, slots=True)
class _Happening:
    """Something that changed a channel's photos."""

    place: str  # the channel's address; of a deleted file only the workspace's is known
    message: Mapping[str, Any] | None = None  # a new one with files
    deleted: Sequence[str] = ()  # ids of files
    with_message: str | None = None  # the ts of the deleted message that showed them; None: they are gone
    missed: datetime | None = None  # whatever was shared from then on
    done: frozenset[int] = frozenset()  # the rows of the events that have followed
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
        self._closing = threading.Event()
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

    def deleted(self, place: str, files: Sequence[str], with_message: str | None = None) -> None:
        """Files were deleted somewhere in a workspace, or a message with files in a channel; returns at once.

        with_message: the message's ts. Files that others of the channel show as well stay.
        """
        if files:
            self._put(_Happening(place, deleted=tuple(files), with_message=with_message))

    def catch_up(self) -> None:
        """Looks once for what was shared in channels while the bot was not running.

        Raises DatabaseUnavailable.
        """
        missed: dict[str, datetime] = {}
        for event in self._finder.events_from(SCHEME):
            missed[event.source] = min(event.indexed_at - MARGIN, missed.get(event.source, event.indexed_at))
        for channel, since in sorted(missed.items()):
            self._put(_Happening(channel, missed=since))

    def close(self) -> None:
        """Finishes the photo in hand, unless that takes too long: then the next start reads it anew."""
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(CLOSING_SECONDS)
        if self._thread.is_alive():
            self._finder.leave()

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
            while not self._closing.is_set():
                first = min(self._waiting, key=lambda one: one.due, default=None)
                if first is not None and first.due <= time.monotonic():
                    self._waiting.remove(first)
                    self._busy = True
                    return first
                self._changed.wait(None if first is None else first.due - time.monotonic())
        return None

    def _handle(self, happening: _Happening) -> _Happening | None:
        """Does what is to be done; what is to be tried again, with its time."""
        done = set(happening.done)
        try:
            if self._bring_up_to_date(happening, done):
                return None
            again = replace(happening, due=time.monotonic() + AGAIN_SECONDS)
        except FindMeError as error:
            log.warning("%s is not followed just now: %s", happening.place, brief(error))
            pause = min(LONGEST_PAUSE, AGAIN_SECONDS * 2**happening.tries)
            again = replace(happening, due=time.monotonic() + pause, tries=happening.tries + 1)
        except Exception:  # the thread must live on
            log.exception("%s could not be followed", happening.place)
            return None
        return replace(again, done=frozenset(done)) if again.tries < MOST_TRIES else None

    def _bring_up_to_date(self, happening: _Happening, done: set[int]) -> bool:
        """Brings the events up to date that nobody works on, and notes them; whether that was all.

        Raises FindMeError, after it has done what can be done.
        """
        behind = [event for event in self._events(happening.place) if event.id not in done]
        free = self._finder.at_rest(behind)
        if free:  # before that, nothing is asked of Slack
            change = self._change(happening)
            failures = [error for event in free if (error := _attempted(change, event, done)) is not None]
            if failures:
                raise failures[0]
        return all(event.id in done for event in behind)

    def _change(self, happening: _Happening) -> Callable[[Event], object]:
        """What is to be done to each event. Raises SourceUnreachable."""
        if happening.deleted and happening.with_message is None:
            return lambda event: self._finder.drop(event, happening.deleted)
        source = self._open_channel(happening.place)
        if happening.with_message is not None:
            gone = source.unshared(happening.deleted, happening.with_message)
            return lambda event: self._finder.drop(event, gone)
        if happening.message is not None:
            entries = source.entries_of(happening.message)
        else:
            entries = source.entries_since(happening.missed or datetime.now(UTC) - MARGIN)

        def add(event: Event) -> None:
            if entries:
                added = self._finder.add(event, source, entries, self._closing)
                log.info("%d new photos in event %s", added, event.key.slug)

        return add

    def _events(self, place: str) -> list[Event]:
        """The events from that channel, or from any channel of that workspace."""
        events = [event for event in self._finder.events_from(place) if not parse_slack(event.source).is_file]
        return [event for event in events if place.endswith("/") or event.source == place]


def _attempted(change: Callable[[Event], object], event: Event, done: set[int]) -> FindMeError | None:
    """Changes one event, and notes it; why that failed. One that is busy is left, without being noted."""
    try:
        change(event)
    except EventBusy:
        return None
    except UnknownEvent:
        log.info("event %s has been erased meanwhile", event.key.slug)
    except FindMeError as error:
        return error
    done.add(event.id)
    return None
