"""Who may do what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import SettingsRefused
from bot.parsing import exact_event, same_event
from bot.policy import (
    Asker,
    allowed_source,
    check_settings,
    choose_event,
    is_source,
    may_look_for,
    may_organise,
    may_search_with_photo,
    may_see,
    may_show,
    named_events,
)
from bot.settings import Lookup, Settings
from pipeline.types import Event, EventKey

NOBODY: frozenset[str] = frozenset()


def event(slug: str, channel: str | None = None, photos: int = 3, number: int = 1) -> Event:
    key = EventKey(slug, "T1" if channel else "", channel)
    return Event(number, key, "dlib", "dlib-1", "/photos", photos, 5, datetime(2026, 1, 1, tzinfo=UTC))


def settings(**values: str) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[call-arg, arg-type]  # pydantic-settings' own argument


@pytest.mark.parametrize(
    ("asker", "target", "lookup", "allowed"),
    [
        ("U1", "U1", Lookup.EVERYONE, True),
        ("U1", "U2", Lookup.EVERYONE, True),
        ("U1", "U1", Lookup.SELF, True),
        ("U1", "U2", Lookup.SELF, False),
        ("U1", "U1", Lookup.CONSENT, False),  # not built: in doubt, no
        ("U1", "U2", Lookup.CONSENT, False),
    ],
)
def test_who_may_look_for_whom(asker: str, target: str, lookup: Lookup, allowed: bool) -> None:
    decision = may_look_for(asker, target, lookup)
    assert decision.allowed is allowed
    assert bool(decision.reason) is not allowed


def test_with_self_a_photo_is_no_way_round_the_rule() -> None:
    assert may_search_with_photo(Lookup.EVERYONE).allowed
    refusal = may_search_with_photo(Lookup.SELF)
    assert not refusal.allowed
    assert "/findme" in refusal.reason


def test_consent_is_refused_at_start_with_what_to_choose_instead() -> None:
    with pytest.raises(SettingsRefused, match="self"):
        check_settings(settings(SLACK_BOT_TOKEN="xoxb-1", FINDME_LOOKUP="consent"))


def test_a_missing_token_is_told_at_start() -> None:
    with pytest.raises(SettingsRefused, match="SLACK_BOT_TOKEN"):
        check_settings(settings())
    check_settings(settings(SLACK_BOT_TOKEN="xoxb-1"))


@pytest.mark.parametrize(
    ("channel", "here", "members", "workspace_member", "sees"),
    [
        (None, "C9", None, True, True),  # of the workspace, for its members
        (None, "C9", None, False, False),  # not for guests and strangers
        ("C1", "C1", None, False, True),  # typed in the event's own channel
        ("C1", "C9", frozenset({"U1", "U2"}), False, True),
        ("C1", "C9", frozenset({"U2"}), True, False),
        ("C1", "C9", NOBODY, True, False),
        ("C1", "C9", None, True, False),  # Slack does not tell: no
    ],
)
def test_who_sees_an_event(
    channel: str | None, here: str, members: frozenset[str] | None, workspace_member: bool, sees: bool
) -> None:
    asker = Asker("U1", here, member=workspace_member)
    assert (
        may_see(
            event("crab-week", channel), asker, lambda _, user: None if members is None else user in members
        )
        is sees
    )


@pytest.mark.parametrize(
    ("event_channel", "channel", "shared", "shown"),
    [
        ("C1", "C1", False, True),
        ("C1", "C1", True, True),  # whoever is in the channel may see its event
        ("C1", "C2", False, False),
        ("C1", "D1", False, True),  # only the asker reads a direct message
        (None, "C2", False, True),
        (None, "C2", True, False),  # another workspace's people are in there
        (None, "C2", None, False),  # they may be
        ("C1", "C1", None, True),
        (None, "D1", None, True),
        (None, "D1", True, True),
    ],
)
def test_where_an_events_photos_may_be_shown(
    event_channel: str | None, channel: str, shared: bool | None, shown: bool
) -> None:
    assert may_show(event("crab-week", event_channel), channel, shared_outside=lambda _: shared) is shown


NEWEST = event("gala", None, number=3)
OLDER_HERE = event("crab-week", "C1", number=2)
OLDEST_HERE = event("picnic", "C1", number=1)
EVENTS = [NEWEST, OLDER_HERE, OLDEST_HERE]


def all_seen(_: Event) -> bool:
    return True


def named(events: list[Event], name: str, here: str, sees: Callable[[Event], bool] = all_seen) -> list[Event]:
    return named_events(events, name, here, sees, exact=exact_event, nearly=same_event)


def test_which_event_where_none_is_named() -> None:
    assert choose_event(EVENTS, "C1", all_seen) is OLDER_HERE  # the channel's newest before the newest of all
    assert choose_event(EVENTS, "C2", all_seen) is NEWEST


@pytest.mark.parametrize(
    ("name", "here", "chosen"),
    [
        ("picnic", "C2", [OLDEST_HERE]),
        ("PicNic", "C2", [OLDEST_HERE]),
        ("Crab Week", "C2", [OLDER_HERE]),
        ("C1", "C2", [OLDER_HERE]),  # a channel's own id names its newest event
        ("nothing", "C1", []),
    ],
)
def test_which_event_is_named(name: str, here: str, chosen: list[Event]) -> None:
    assert named(EVENTS, name, here) == chosen


def test_an_event_that_one_may_not_see_does_not_exist() -> None:
    def sees(found: Event) -> bool:
        return found is not NEWEST

    assert named(EVENTS, "gala", "C2", sees) == []
    assert choose_event(EVENTS, "C2", sees) is OLDER_HERE
    assert choose_event(EVENTS, "C2", lambda _: False) is None


def test_an_event_without_photos_is_the_last_choice() -> None:
    empty = replace(NEWEST, photos=0)
    assert choose_event([empty, OLDEST_HERE], "C2", all_seen) is OLDEST_HERE
    assert choose_event([empty], "C2", all_seen) is empty


def test_of_two_events_with_a_name_the_channels_own_counts() -> None:
    twin = event("crab-week", None, number=9)
    assert named([twin, OLDER_HERE], "crab-week", "C1") == [OLDER_HERE]
    assert named([twin, OLDER_HERE], "crab-week", "C2") == [twin]


def test_the_very_name_counts_before_one_that_is_nearly_it() -> None:
    newer, third = event("Crab Week", number=9), event("crab_week", number=8)
    assert named([newer, OLDER_HERE], "crab-week", "C2") == [OLDER_HERE]
    assert named([newer, OLDER_HERE], "crab week", "C2") == [newer]
    assert named([newer, third], "crab-week", "C2") == [newer, third]  # it could be either
    assert named([newer, third], "crab-week", "C2", lambda found: found is third) == [third]
    assert named([event("日本2")], "中国2", "C2") == []


def test_admins_are_named_or_the_workspaces() -> None:
    asked: list[str] = []

    def slack_says(answer: bool | None) -> bool | None:
        asked.append("once")
        return answer

    named = frozenset({"U1"})
    assert may_organise("U1", named, lambda: slack_says(False)).allowed
    assert not asked
    assert may_organise("U2", named, lambda: slack_says(True)).allowed
    assert "Only admins" in may_organise("U2", named, lambda: slack_says(False)).reason
    doubtful = may_organise("U2", named, lambda: slack_says(None))
    assert not doubtful.allowed
    assert "Slack did not tell" in doubtful.reason


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "first", tmp_path / "second"
    (first / "crab week").mkdir(parents=True)
    (second / "gala").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (first / "escape").symlink_to(tmp_path / "secret")
    (first / "twin").symlink_to(first / "crab week")
    return first, second


def test_folders_under_the_roots(roots: tuple[Path, Path]) -> None:
    first, second = roots
    assert allowed_source("crab week", roots) == first / "crab week"
    assert allowed_source("gala", roots) == second / "gala"
    assert allowed_source(str(second / "gala"), roots) == second / "gala"
    assert allowed_source("twin", roots) == first / "crab week"
    assert allowed_source(str(first), roots) == first
    missing = allowed_source("missing", roots)
    assert missing is not None
    assert not missing.exists()


@pytest.mark.parametrize(
    "name", ["escape", "escape/", "../secret", "crab week/../../secret", "/etc", "/no/such/folder"]
)
def test_folders_outside_the_roots(roots: tuple[Path, Path], name: str) -> None:
    assert allowed_source(name, roots) is None
    assert allowed_source(str(roots[0].parent / "secret"), roots) is None
    assert allowed_source(str(roots[0].parent / "first-but-longer"), roots) is None


def test_archives_under_the_roots(roots: tuple[Path, Path]) -> None:
    first, second = roots
    outside = first.parent / "secret" / "party.zip"
    for path in (second / "Party.ZIP", first / "gala.jpg", outside):
        path.write_bytes(b"PK")
    (first / "leak.zip").symlink_to(outside)
    (first / "link.zip").symlink_to(second / "Party.ZIP")
    assert allowed_source("Party.ZIP", roots) == second / "Party.ZIP"
    assert allowed_source(str(second / "Party.ZIP"), roots) == second / "Party.ZIP"
    for name in ("leak.zip", "../secret/party.zip", str(outside)):
        assert allowed_source(name, roots) is None
    photo = allowed_source("gala.jpg", roots)
    assert photo is not None
    assert not is_source(photo)
    for url in (f"file://{outside}", "s3://bucket/party.zip"):
        assert not is_source(allowed_source(url, roots) or Path("nowhere"))


def test_strange_names_are_refused(roots: tuple[Path, Path]) -> None:
    (roots[0] / "loop").symlink_to(roots[0] / "loop")
    assert allowed_source("bad\0name", roots) is None
    found = allowed_source("loop", roots)
    assert found is None or not is_source(found)
    assert allowed_source("gala", ()) is None
