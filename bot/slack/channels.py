"""Who is in a channel, and whether it is shared with another workspace."""

from __future__ import annotations

import logging
import threading
from typing import Any

from cachetools import TTLCache
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.policy import is_direct
from bot.slack.brief import brief
from bot.slack.client import SILENCE, error_code, is_unknown_method

log = logging.getLogger(__name__)

LIFETIME = 60  # seconds that a list of members counts
SHARED_LIFETIME = 300  # seconds; channels are rarely shared
DIRECT_LIFETIME = 3600  # seconds; which conversation is whose does not change
UNKNOWN_LIFETIME = 10  # seconds, so that one command does not ask in vain for each event
PAGE = 1000  # members a call, the most that Slack gives
MOST_PAGES = 100  # a bound where a server's cursor never ends


class Channels:
    """Asks Slack about channels. Safe to use from several threads."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._members: TTLCache[str, frozenset[str]] = TTLCache(maxsize=500, ttl=LIFETIME)
        self._shared: TTLCache[str, bool] = TTLCache(maxsize=2000, ttl=SHARED_LIFETIME)
        self._direct: TTLCache[str, str] = TTLCache(maxsize=2000, ttl=DIRECT_LIFETIME)
        self._unknown: TTLCache[tuple[str, str], None] = TTLCache(maxsize=2000, ttl=UNKNOWN_LIFETIME)
        self._lock = threading.Lock()

    def has_member(self, channel: str, user: str) -> bool | None:
        """Is somebody in a channel? None where Slack does not tell.

        In a direct conversation with the bot there is one person. Of those between people it knows nothing.
        """
        if is_direct(channel):
            own = self._direct_with(user)
            return None if own is None else own == channel
        members = self.members(channel)
        return None if members is None else user in members

    def members(self, channel: str) -> frozenset[str] | None:
        """The user ids of a channel's members; None where Slack does not tell, as of direct conversations."""
        with self._lock:
            if ("members", channel) in self._unknown:
                return None
            known = self._members.get(channel)
        if known is not None:
            return known
        try:
            found = self._ask_members(channel)
        except (SlackApiError, *SILENCE) as error:
            log.warning(
                "the members of %s are not to be had, so nobody counts as one: %s", channel, brief(error)
            )
            with self._lock:
                self._unknown["members", channel] = None
            return None
        with self._lock:
            self._members[channel] = found
        return found

    def shared_outside(self, channel: str) -> bool | None:
        """Is it shared with another workspace (Slack Connect)? None where that cannot be found out.

        Where the bot may not look it may not post either, and a server that has no such question shares
        nothing: both count as no.
        """
        with self._lock:
            if ("shared", channel) in self._unknown:
                return None
            known = self._shared.get(channel)
        if known is not None:
            return known
        try:
            about: dict[str, Any] = self._client.conversations_info(channel=channel).get("channel") or {}
        except (SlackApiError, *SILENCE) as error:
            log.warning("whether %s is shared with another workspace is not known: %s", channel, brief(error))
            answered = isinstance(error, SlackApiError) and (
                is_unknown_method(error) or error_code(error) == "channel_not_found"
            )
            shared: bool | None = False if answered else None
        else:
            shared = bool(about.get("is_ext_shared") or about.get("is_pending_ext_shared"))
        with self._lock:
            if shared is None:
                self._unknown["shared", channel] = None
            else:
                self._shared[channel] = shared
        return shared

    def _direct_with(self, user: str) -> str | None:
        """The bot's direct conversation with somebody; to ask for it changes nothing that people see."""
        with self._lock:
            if ("direct", user) in self._unknown:
                return None
            known = self._direct.get(user)
        if known is not None:
            return known
        try:
            channel = self._client.conversations_open(users=user).get("channel")
        except (SlackApiError, *SILENCE) as error:
            log.warning("the direct conversation with %s is not to be had: %s", user, brief(error))
            channel = None
        found = str((channel.get("id") if isinstance(channel, dict) else channel) or "")
        with self._lock:
            if found:
                self._direct[user] = found
            else:
                self._unknown["direct", user] = None
        return found or None

    def _ask_members(self, channel: str) -> frozenset[str]:
        found: set[str] = set()
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = self._client.conversations_members(channel=channel, limit=PAGE, cursor=cursor)
            found.update(page.get("members") or ())
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return frozenset(found)
