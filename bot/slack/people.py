"""Who is who: users.info, kept for a minute."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cachetools import TTLCache
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import words
from bot.errors import Refused
from bot.slack.brief import brief
from bot.slack.client import SILENCE, error_code

log = logging.getLogger(__name__)

LIFETIME = 60  # seconds; short, because a new avatar or a lost admin right must soon count
NOT_FOUND = frozenset(
    {"user_not_found", "users_not_found", "user_not_visible", "invalid_user", "no_such_user"}
)
PICTURES = ("image_512", "image_1024", "image_original", "image_192", "image_72", "image_48")
"""Profile pictures by falling use: 512 pixels are ample for one face and quick to fetch."""


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack tells about somebody."""

    id: str
    deleted: bool
    bot: bool
    admin: bool  # workspace admin or owner
    guest: bool
    outsider: bool  # of another workspace, in a shared channel; or nobody of whom Slack tells anything
    team: str  # id of the workspace that they belong to; "" where Slack does not say
    pictures: tuple[str, ...]  # URLs of the profile picture, the best one to search with first


class People:
    """Looks people up. Safe to use from several threads."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._known: TTLCache[str, Mapping[str, Any]] = TTLCache(maxsize=2000, ttl=LIFETIME)
        self._lock = threading.Lock()

    def get(self, user: str, home: Collection[str] = ()) -> Person:
        """The person with this id.

        home: ids of this workspace (and its organisation); people of any other are outsiders.
        Raises Refused for an id that nobody has, SlackApiError and what SILENCE names.
        """
        return read_person(user, self._raw(user), home)

    def is_workspace_admin(self, user: str, team: str) -> bool | None:
        """Whether Slack says that `user` is an admin or owner here; None where it does not say.

        team: this workspace's id, "" where it is not known. An admin of another one is none here.
        """
        try:
            person = self.get(user, {team} if team else ())
        except Refused:  # nobody has that id
            return False
        except (SlackApiError, *SILENCE) as error:
            log.warning("no answer to whether %s is an admin: %s", user, brief(error))
            return None
        elsewhere = bool(team and person.team) and person.team != team
        return person.admin and not (person.deleted or person.outsider or elsewhere)

    def is_member(self, user: str, home: Collection[str]) -> bool:
        """A full member of this workspace: no guest, no outsider. Raises as `get` does."""
        person = self.get(user, home)
        return not (person.guest or person.outsider or person.deleted)

    def _raw(self, user: str) -> Mapping[str, Any]:
        with self._lock:
            known = self._known.get(user)
        if known is not None:
            return known
        try:
            found: Mapping[str, Any] = self._client.users_info(user=user).get("user") or {}
        except SlackApiError as error:
            if error_code(error) in NOT_FOUND:
                raise Refused(words.person_not_found(user)) from error
            raise
        with self._lock:
            self._known[user] = found
        return found


def read_person(user: str, raw: Mapping[str, Any], home: Collection[str] = ()) -> Person:
    """A Person from users.info's `user`; every field of it may be missing, but not all of them."""
    profile = raw.get("profile") or {}
    return Person(
        id=user,
        deleted=bool(raw.get("deleted")),
        bot=bool(raw.get("is_bot") or raw.get("is_workflow_bot") or user == "USLACKBOT"),
        admin=any(raw.get(flag) is True for flag in ("is_admin", "is_owner", "is_primary_owner")),
        guest=bool(raw.get("is_restricted") or raw.get("is_ultra_restricted")),
        outsider=_is_outsider(raw, home),
        team=str(raw.get("team_id") or ""),
        pictures=tuple(dict.fromkeys(str(profile[name]) for name in PICTURES if profile.get(name))),
    )


def _is_outsider(raw: Mapping[str, Any], home: Collection[str]) -> bool:
    if not raw or raw.get("is_stranger"):
        return True
    enterprise = raw.get("enterprise_user") or {}
    theirs = {raw.get("team_id"), enterprise.get("enterprise_id"), *(enterprise.get("teams") or ())} - {
        None,
        "",
    }
    return bool(home) and bool(theirs) and theirs.isdisjoint(home)
