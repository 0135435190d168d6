"""The photos of a Slack channel, as a source."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from cachetools import LRUCache
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.errors import DownloadFailed, NoDownload, NotAPicture
from bot.slack.addresses import SlackAddress
from bot.slack.brief import brief
from bot.slack.channel_files import Message, Self, files_of_channel, files_of_message, who_am_i
from bot.slack.client import SILENCE, error_code
from bot.slack.deadlines import Deadline
from bot.slack.downloads import Downloader
from bot.slack.files import File, may_be_photo, shares
from bot.slack.refusals import NO_FILE, REINSTALL, explained, refusal
from pipeline.errors import SourceAway, SourceUnfit, SourceUnreachable
from pipeline.types import SourceEntry

log = logging.getLogger(__name__)

MOST_BYTES = 250_000_000  # a photo; cameras' largest files
MOST_SECONDS = 300.0  # for the download of one
MOST_KNOWN = 50_000  # addresses of files that are remembered
NEIGHBOURS = 200  # files whose addresses are asked for at once
MOST_FRUITLESS = 3  # questions for neighbours that bring none, after which nobody asks again
LONGEST_NAME = 200  # characters
FILE_ID = re.compile(r"F[A-Z0-9]+")
UNREADABLE = re.compile(r"[\x00-\x1f\x7f/\\]+")


class ChannelSource:
    """The photos that people shared in a channel, its threads included.

    Left out: what the bot has posted, photos that somebody searches with (in a message that mentions the
    bot), and files that are no photos. What Slack does not hand over comes with a refusal.

    A photo is called `FILE-ID/file name`: file ids never change, and never name anything else.
    """

    def __init__(self, client: WebClient, downloads: Downloader, address: SlackAddress) -> None:
        """Asks nothing yet."""
        self._client = client
        self._downloads = downloads
        self._address = address
        self._lock = threading.Lock()
        self._self: Self | None = None
        self._urls: LRUCache[str, str] = LRUCache(MOST_KNOWN)
        self._fruitless = 0

    @property
    def uri(self) -> str:
        """`slack://TEAM/CHANNEL`."""
        return self._address.uri

    def entries(self) -> Iterator[SourceEntry]:
        """The photos, page by page, those of the newest message first. Raises SourceUnreachable.

        A channel that cannot be read to its end is no source: what is missing would look deleted.
        """
        with explained("The channel"):
            yield from self._entries(files_of_channel(self._client, self._address.id, self._me()))

    def entries_since(self, moment: datetime) -> list[SourceEntry]:
        """The photos of messages from then on, as files_of_channel finds them. Raises SourceUnreachable."""
        with explained("The channel"):
            files = files_of_channel(self._client, self._address.id, self._me(), moment)
            return list(self._entries(files))

    def entries_of(self, message: Message) -> list[SourceEntry]:
        """The photos of one message. Raises SourceUnreachable."""
        with explained("The message"):
            return list(self._entries(files_of_message(message, self._me())))

    def unshared(self, files: Iterable[str], deleted: str) -> list[str]:
        """Those files, by their ids, that no message of the channel shows but a deleted one, given by its ts.

        Where Slack does not say, they count as such: what is dropped in error, the next complete run brings
        back, and what somebody deleted must not stay.
        """
        return [file_id for file_id in files if not self._is_shown(file_id, deleted)]

    def _is_shown(self, file_id: str, deleted: str) -> bool:
        try:
            file: Any = self._client.files_info(file=file_id).get("file")
        except (SlackApiError, *SILENCE) as error:
            log.info("whether file %s is still shared is not known: %s", file_id, brief(error))
            return False
        if not isinstance(file, dict) or refusal(file) is not None:
            return False
        return any(ts != deleted for ts in shares(file, self._address.id))

    def read(self, name: str) -> bytes:
        """The bytes of one photo; from several threads at once. Raises SourceUnreachable."""
        file_id = name.partition("/")[0]
        if not FILE_ID.fullmatch(file_id):
            raise SourceUnreachable(f"{name} is no name of a photo in a Slack channel.")
        try:
            return self._downloads.picture(self._url(file_id), deadline=Deadline(MOST_SECONDS))
        except NotAPicture as error:
            raise SourceUnreachable(
                "What Slack sent is no picture. If that is so for every photo, FindMe may not read files: "
                f"{REINSTALL}"
            ) from error
        except DownloadFailed as error:
            log.warning("file %s: %s", file_id, error)
            kind = SourceAway if isinstance(error, NoDownload) else SourceUnreachable
            raise kind("It could not be fetched from Slack. Index the event again in a while.") from error

    def _entries(self, files: Iterable[File]) -> Iterator[SourceEntry]:
        for file in files:
            whole = self._completed(file)
            if may_be_photo(whole):
                self._remember(str(whole["id"]), whole)
                yield SourceEntry(_name(whole), _size(whole), f"{_size(whole)}", refusal(whole))

    def _completed(self, file: File) -> File:
        """The file with all that Slack tells of it: of one that came through Slack Connect, when asked."""
        if file.get("file_access") != "check_file_info":
            return file
        try:
            found: Any = self._client.files_info(file=str(file["id"])).get("file")
        except SlackApiError as error:
            if error_code(error) not in NO_FILE:
                raise
            found = None
        return found if isinstance(found, dict) else {**file, "file_access": "access_denied"}

    def _url(self, file_id: str) -> str:
        with self._lock:
            known = self._urls.get(file_id)
        if known is not None:
            return known
        with explained("The photo"):
            file: File = self._client.files_info(file=file_id).get("file") or {}
        reason = refusal(file)
        if reason is not None:
            raise SourceUnreachable(reason)
        self._look_around(file)
        return self._remember(file_id, file)

    def _look_around(self, file: File) -> None:
        """Remembers where the channel's next older files are.

        A worker that has not listed the channel is about to read them, and Slack limits how often it may ask
        for one.
        """
        if self._fruitless >= MOST_FRUITLESS or not file.get("created"):
            return
        try:
            page = self._client.files_list(
                channel=self._address.id, types="images", ts_to=str(file["created"]), count=NEIGHBOURS
            )
            found = [one for one in page.get("files") or () if isinstance(one, dict) and one.get("id")]
        except (SlackApiError, *SILENCE) as error:
            log.info("the files of %s are asked for one by one: %s", self._address.id, brief(error))
            found = []
        for one in found:
            if refusal(one) is None and one.get("file_access") != "check_file_info":
                self._remember(str(one["id"]), one)
        self._fruitless = 0 if len(found) > 1 else self._fruitless + 1

    def _remember(self, file_id: str, file: File) -> str:
        url = str(file.get("url_private") or file.get("url_private_download") or "")
        if url:
            with self._lock:
                self._urls[file_id] = url
        return url

    def _me(self) -> Self:
        """Who the bot is. Raises SourceUnreachable when its token is another workspace's."""
        if self._self is None:
            me = who_am_i(self._client)
            if me.team and me.team != self._address.team:
                raise SourceUnfit(
                    "The channel belongs to another workspace than SLACK_BOT_TOKEN. Run FindMe with that "
                    "workspace's token."
                )
            self._self = me
        return self._self


def _name(file: File) -> str:
    readable = UNREADABLE.sub("_", str(file.get("name") or "")).strip()
    return f"{file['id']}/{readable[-LONGEST_NAME:] or 'photo'}"


def _size(file: File) -> int:
    size = file.get("size")
    return size if isinstance(size, int) else 0
