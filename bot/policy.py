"""Who may do what: pure functions that every listener asks. In doubt they refuse."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import words
from bot.errors import SettingsRefused
from bot.settings import Lookup, Settings
from pipeline.types import Event, EventKey


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something may be done, and if not, why, in a sentence for the person who asked."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Asker:
    """The person who asks, as far as visibility goes."""

    user: str  # id
    here: str  # id of the conversation that they wrote in: being there proves membership
    member: bool  # a full member of the workspace: no guest, nobody from another workspace


ALLOWED = Decision(True)


def check_settings(settings: Settings) -> None:
    """Raises SettingsRefused for values that the bot must not start with."""
    check_lookup(settings)
    if settings.slack_bot_token is None:
        raise SettingsRefused(
            "SLACK_BOT_TOKEN is missing: copy it from OAuth & Permissions of your Slack app."
        )


def check_lookup(settings: Settings) -> None:
    """Raises SettingsRefused where people would be looked for by a rule that does not exist yet."""
    if settings.lookup is Lookup.CONSENT:
        raise SettingsRefused(
            "FINDME_LOOKUP=consent (asking people first) is not available yet: choose `self`, with which "
            "people find only themselves, or `everyone`."
        )


def may_look_for(asker: str, target: str, lookup: Lookup) -> Decision:
    """May `asker` search the photos for `target` (user ids)?"""
    if lookup is Lookup.EVERYONE or (lookup is Lookup.SELF and asker == target):
        return ALLOWED
    return Decision(False, "Here everybody looks for themselves only: type `/findme` to find *your* photos.")


def may_search_with_photo(lookup: Lookup) -> Decision:
    """May people search with any photo that they send?

    Not where people may only look for themselves: nobody can tell whose face is in a photo, so a photo
    would be a way round that rule.
    """
    if lookup is Lookup.EVERYONE:
        return ALLOWED
    return Decision(
        False,
        "Here everybody looks for themselves only, and a photo could show anybody, so I don't search with "
        "photos. "
        "Type `/findme` to find *your* photos by your profile picture.",
    )


def may_see(event: Event, asker: Asker, has_member: Callable[[str, str], bool | None]) -> bool:
    """May the asker search this event?

    has_member: whether somebody is in a channel, both by id; None where that cannot be found out. An event of
    a channel is for that channel's members; one of the whole workspace is for full members of the workspace.
    """
    return may_see_key(event.key, asker, has_member)


def may_see_key(key: EventKey, asker: Asker, has_member: Callable[[str, str], bool | None]) -> bool:
    """The same of an event that may not be there yet."""
    channel = key.channel
    if channel is None:
        return asker.member
    if channel == asker.here:
        return True
    return has_member(channel, asker.user) is True


def may_show(event: Event, channel: str, *, shared_outside: Callable[[str], bool | None]) -> bool:
    """May this event's photos be posted in `channel`, for all its members to see?

    A direct message with the bot shows them to the asker alone. A channel shared with another workspace holds
    people who may not see what belongs to the whole workspace; shared_outside: None where that is not known.
    """
    if is_direct(channel) or event.key.channel == channel:
        return True
    return event.key.channel is None and shared_outside(channel) is False


def is_direct(channel: str) -> bool:
    """Is it a one-to-one conversation? The bot can only ever post in its own ones."""
    return channel.startswith("D")


def choose_event(events: Sequence[Event], here: str, sees: Callable[[Event], bool]) -> Event | None:
    """The event to search where none is named: this channel's newest, else the newest that the asker may see.

    events: newest first.
    """
    filled = [event for event in events if event.photos]
    empty = [event for event in events if not event.photos]
    return next(filter(sees, [*_own_first(filled, here), *_own_first(empty, here)]), None)


def named_events(
    events: Sequence[Event],
    name: str,
    here: str,
    sees: Callable[[Event], bool],
    *,
    exact: Callable[[str, str], bool],
    nearly: Callable[[str, str], bool],
) -> list[Event]:
    """The event of that name; none, or several where the name only nearly fits and so could mean each.

    events: newest first. An event that the asker may not see is treated as if it did not exist. `name` may
    be a channel's id. exact, nearly: whether what somebody typed is a slug.
    """
    named = [event for event in events if name == event.key.channel or exact(name, event.key.slug)]
    first = next(filter(sees, _own_first(named, here)), None)
    if first is not None:
        return [first]
    return [event for event in events if nearly(name, event.key.slug) and sees(event)]


def _own_first(events: Iterable[Event], here: str) -> list[Event]:
    return sorted(events, key=lambda event: event.key.channel != here)


def may_organise(user: str, admins: frozenset[str], workspace_admin: Callable[[], bool | None]) -> Decision:
    """May `user` index events, and change them?

    workspace_admin: asks Slack, only where FINDME_ADMINS does not say; None where Slack does not tell.
    """
    said = user in admins or workspace_admin()
    if said:
        return ALLOWED
    return Decision(False, words.ADMIN_NOT_KNOWN if said is None else words.ADMINS_ONLY)


def allowed_source(text: str, roots: Sequence[Path]) -> Path | None:
    """The folder or ZIP archive that `text` names, symlinks resolved, or None when no root holds it.

    A relative name is looked up under each root; the first that is there counts. What exists under none is
    answered with where it would be, unless a link leads it out. Nothing outside the roots changes the answer.
    """
    inside: list[Path] = []
    led_out = False
    for root in roots:
        try:
            base = root.resolve()
            path = (base / text).resolve()
        except (OSError, RuntimeError, ValueError):  # loops of links, names that no file system takes
            continue
        if path.is_relative_to(base):
            inside.append(path)
        else:
            led_out = led_out or Path(os.path.normpath(base / text)).is_relative_to(base)
    existing = next((path for path in inside if is_source(path)), None)
    return existing or (inside[0] if inside and not led_out else None)


def is_source(path: Path) -> bool:
    """Is it something that can be indexed: a folder, or a file that is called a ZIP archive?"""
    return path.is_dir() or (path.suffix.lower() == ".zip" and path.is_file())
