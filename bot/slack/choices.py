"""What an organiser may choose in Slack as an event's source: a channel, or an archive that was uploaded."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import words
from bot.errors import Refused
from bot.parsing import CHANNEL
from bot.slack.addresses import SlackAddress, is_slack, parse_slack
from bot.slack.brief import brief
from bot.slack.channels import Channels
from bot.slack.client import SILENCE, error_code
from bot.slack.conversation import Conversation
from bot.slack.files import File
from bot.slack.refusals import NO_FILE, explained, refusal

log = logging.getLogger(__name__)

CHANNEL_NAME = re.compile(r"#([^\s#]+)")
LINK = re.compile(r"<?https?://[^\s<>|]*/files(?:-pri)?/[^\s<>|]*?\b(F[A-Z0-9]{6,})\b[^\s<>]*>?")
FILE_ID = re.compile(r"F[A-Z0-9]{7,}")
ARCHIVES = frozenset({"application/zip", "application/x-zip-compressed", "application/x-zip"})
PAGE = 200  # channels a call
MOST_PAGES = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """A source, and the channel that its event belongs to."""

    source: str  # as PhotoSource.uri gives it
    channel: str  # id


class Choices:
    """Finds what somebody means, and whether they may choose it. Safe to use from several threads."""

    def __init__(self, client: WebClient, channels: Channels) -> None:
        self._client = client
        self._channels = channels

    def of(self, text: str, asked: Conversation) -> Choice | None:
        """What `#channel`, a file's link or a file's id means; None where it is none of these.

        Raises Refused, which says no more of a private channel than that the bot cannot read it.
        """
        mentioned, named = CHANNEL.fullmatch(text), CHANNEL_NAME.fullmatch(text)
        if mentioned is not None or named is not None:
            channel = mentioned[1] if mentioned is not None else self._named(text[1:])
            return self._channel(channel, asked)
        link = LINK.fullmatch(text) or FILE_ID.fullmatch(text)
        if link is None:
            return None
        with explained("The file"):
            return self.archive(self._file(link[link.re.groups]), asked)

    def archive(self, file: File, asked: Conversation) -> Choice:
        """An uploaded archive. Raises Refused where it is none, or not for the asker to show others."""
        if not is_archive(file):
            raise Refused(words.NOT_AN_ARCHIVE)
        reason = refusal(file)
        if reason is not None:
            raise Refused(words.escape(reason))
        if not self._may_use(file, asked):
            raise Refused(words.ARCHIVE_NOT_THERE)
        return Choice(SlackAddress(asked.team, str(file["id"])).uri, asked.channel)

    def title(self, source: str) -> str:
        """An event's source as people know it, in Slack's markup."""
        if not is_slack(source) or not (address := parse_slack(source)).is_file:
            return words.source(source)
        try:
            name = str(self._file(address.id).get("name") or "")
        except (Refused, SlackApiError, *SILENCE) as error:
            log.info("the name of file %s is not to be had: %s", address.id, brief(error))
            name = ""
        return words.source(source, name)

    def _channel(self, channel: str | None, asked: Conversation) -> Choice:
        about = self._about(channel) if channel else {}
        if channel is None or not about.get("is_member") or about.get("is_im") or about.get("is_mpim"):
            raise Refused(words.channel_unreadable(asked.bot))
        members = self._channels.members(channel)
        if members is None:
            raise Refused(words.SLACK_SILENT)
        if asked.user not in members:
            raise Refused(
                words.channel_unreadable(asked.bot) if about.get("is_private") else words.JOIN_CHANNEL_FIRST
            )
        return Choice(SlackAddress(asked.team, channel).uri, channel)

    def _about(self, channel: str) -> Mapping[str, Any]:
        try:
            return self._client.conversations_info(channel=channel).get("channel") or {}
        except SlackApiError as error:
            if error_code(error) == "channel_not_found":
                return {}
            raise

    def _named(self, name: str) -> str | None:
        """The id of a channel of that name, among those that the bot is in."""
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = self._client.users_conversations(
                types="public_channel,private_channel", exclude_archived=True, limit=PAGE, cursor=cursor
            )
            for channel in page.get("channels") or ():
                if name.casefold() in (channel.get("name"), channel.get("name_normalized")):
                    return str(channel["id"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return None

    def _file(self, file_id: str) -> File:
        try:
            found: Any = self._client.files_info(file=file_id).get("file")
        except SlackApiError as error:
            if error_code(error) in NO_FILE:
                raise Refused(words.ARCHIVE_NOT_THERE) from error
            raise
        return found if isinstance(found, dict) else {}

    def _may_use(self, file: File, asked: Conversation) -> bool:
        """Their own, or shared where everybody, or this channel's members, can see it anyway."""
        here = asked.channel in {
            str(channel) for kind in ("channels", "groups", "ims") for channel in file.get(kind) or ()
        }
        return here or file.get("user") == asked.user or bool(file.get("is_public"))


def is_in_slack(text: str) -> bool:
    """Does it name a channel or a file, as far as its form says?"""
    return any(form.fullmatch(text) for form in (CHANNEL, CHANNEL_NAME, LINK, FILE_ID))


def is_archive(file: File) -> bool:
    """Does its type or its name say ZIP?"""
    named = str(file.get("name") or "").lower().endswith(".zip")
    return named or str(file.get("mimetype") or "").lower() in ARCHIVES
