"""Which events a search looks at, and how often Slack is asked for that."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot import search
from bot.search import PersonSearch, Rules
from bot.settings import Lookup
from bot.slack.conversation import Conversation
from pipeline.types import Event, EventKey


class Known:
    """Stands for the finder, the people and the channels."""

    def __init__(self, events: list[Event]) -> None:
        self._events = events
        self.asked: list[str] = []

    def events(self, team: str) -> list[Event]:  # noqa: ARG002  (as the finder has it)
        return self._events

    def is_member(self, *_: Any) -> bool:
        return True

    def has_member(self, channel: str, user: str) -> bool:
        self.asked.append(channel)
        return user == "U1"

    def shared_outside(self, _: str) -> bool:
        return False


def event(number: int, channel: str | None) -> Event:
    key = EventKey(f"event-{number}", "T1", channel)
    return Event(number, key, "dlib", "dlib-1", "/photos", 3, 5, datetime(2026, 1, 1, tzinfo=UTC))


def visible(events: list[Event]) -> tuple[list[str], list[str]]:
    """What U1 sees in C1 after a command, and the channels that Slack was asked about."""
    known: Any = Known(events)
    nothing: Any = None
    finder = PersonSearch(known, Rules(Lookup.EVERYONE, 10), known, known, nothing, nothing, nothing)
    asked = Conversation("T1", "C1", "U1", response_url="https://hooks.example/1")
    return finder.visible_events(asked, frozenset({"T1"})), known.asked


def test_many_events_of_the_channel_itself_or_the_workspace_are_all_seen() -> None:
    events = [event(number, "C1" if number % 2 else None) for number in range(3 * search.MOST_CHECKED)]
    names, asked = visible(events)
    assert len(names) == len(events)
    assert asked == []


def test_other_channels_are_asked_about_up_to_a_bound_and_hide_nothing_else() -> None:
    others = [event(number, f"C{100 + number}") for number in range(search.MOST_CHECKED + 20)]
    names, asked = visible([*others, event(900, None), event(901, "C1"), event(902, "C100")])
    assert len(set(asked)) == search.MOST_CHECKED
    assert names[-3:] == ["event-900", "event-901", "event-902"]
    assert len(names) == search.MOST_CHECKED + 3
