"""The photos that people attach to a message."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import words
from bot.errors import DownloadFailed, NotAPicture, Refused
from bot.slack.brief import brief
from bot.slack.client import SILENCE
from bot.slack.deadlines import Deadline
from bot.slack.downloads import MOST_SECONDS, Downloader
from pipeline.images import is_photo_name

log = logging.getLogger(__name__)

File = Mapping[str, Any]
"""A file object as Slack sends it; every field may be missing."""

SAYS_NOTHING = frozenset({"application/octet-stream", "binary/octet-stream", "application/x-binary"})


def attached(message: Mapping[str, Any]) -> list[File]:
    """The files of a message, those of forwarded messages in it included, each once."""
    return list({str(file.get("id") or id(file)): file for file in _files(message)}.values())


def _files(message: Mapping[str, Any]) -> Iterator[File]:
    yield from _dicts(message.get("files"))
    for attachment in _dicts(message.get("attachments")):
        yield from _dicts(attachment.get("files"))


def _dicts(value: object) -> Iterable[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def shares(file: File, channel: str) -> list[str]:
    """The ts of the messages with which a file is shared in a channel, as far as Slack says."""
    sides = _dicts(list(file["shares"].values())) if isinstance(file.get("shares"), dict) else ()
    return [str(share["ts"]) for side in sides for share in _dicts(side.get(channel)) if share.get("ts")]


def find_message(client: WebClient, channel: str, ts: str, thread: str | None) -> Mapping[str, Any]:
    """The message with that ts as Slack keeps it; empty where it is not to be had."""
    try:
        if thread and thread != ts:
            page = client.conversations_replies(
                channel=channel, ts=thread, oldest=ts, latest=ts, inclusive=True, limit=10
            )
        else:
            page = client.conversations_history(
                channel=channel, oldest=ts, latest=ts, inclusive=True, limit=1
            )
    except (SlackApiError, *SILENCE) as error:
        log.info("message %s of %s is not to be had: %s", ts, channel, brief(error))
        return {}
    return next((message for message in _dicts(page.get("messages")) if message.get("ts") == ts), {})


class Photos:
    """Chooses and fetches the photo to search with."""

    def __init__(self, client: WebClient, downloads: Downloader) -> None:
        self._client = client
        self._downloads = downloads

    def fetch(self, files: Iterable[File]) -> tuple[bytes, int]:
        """The first photo that can be had, and how many further photos there were.

        Raises Refused, with the reason of the first one that could not be had.
        """
        photos = [file for file in files if may_be_photo(file)]
        if not photos:
            raise Refused(words.NOT_A_PHOTO)
        reasons = []
        deadline = Deadline(MOST_SECONDS)
        for file in photos:
            try:
                return self._one(file, deadline), len(photos) - 1
            except Refused as refusal:
                reasons.append(refusal)
        raise reasons[0]

    def _one(self, file: File, deadline: Deadline) -> bytes:
        whole = self._completed(file)
        reason = hindrance(whole)
        if reason:
            raise Refused(reason)
        url = str(whole.get("url_private") or whole.get("url_private_download"))
        try:
            return self._downloads.picture(url, deadline=deadline)
        except NotAPicture as error:
            log.warning("file %s: %s Is the scope files:read granted?", file.get("id"), error)
            raise Refused(words.PHOTO_NOT_READABLE) from error
        except DownloadFailed as error:
            log.warning("file %s: %s", file.get("id"), error)
            raise Refused(words.PHOTO_NOT_FETCHED) from error

    def _completed(self, file: File) -> File:
        """The file with its URL: stubs, as Slack Connect sends them, are asked for again."""
        has_url = file.get("url_private") or file.get("url_private_download")
        if (has_url and file.get("file_access") != "check_file_info") or not file.get("id"):
            return file
        if hindrance(file, url_needed=False):
            return file
        return self._client.files_info(file=str(file["id"])).get("file") or file


def may_be_photo(file: File) -> bool:
    """Does the type or the name say photo, or does neither say anything?

    Phones' HEIC often comes as application/octet-stream: then the name decides, and in the end the bytes.
    """
    kind, name = str(file.get("mimetype") or "").lower(), str(file.get("name") or "")
    if kind.startswith("image/"):
        return not kind.startswith("image/svg")
    silent = kind in SAYS_NOTHING or "/" not in kind
    return is_photo_name(name) or (silent and "." not in name)


def hindrance(file: File, *, url_needed: bool = True) -> str:
    """Why a file cannot be fetched, in a sentence; "" where it can."""
    mode, access = str(file.get("mode") or ""), str(file.get("file_access") or "")
    if mode == "tombstone":
        return words.PHOTO_DELETED
    if mode == "hidden_by_limit":
        return words.PHOTO_HIDDEN
    if mode == "external" or file.get("is_external"):
        return words.PHOTO_EXTERNAL
    if access in {"access_denied", "file_not_found"}:
        return words.PHOTO_DENIED
    if url_needed and not (file.get("url_private") or file.get("url_private_download")):
        return words.PHOTO_NOT_FETCHED
    return ""
