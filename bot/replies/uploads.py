"""Puts photos into a thread: upload, share, and check that the share took place."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.errors import UploadFailed
from bot.slack.client import SILENCE, retry_after

log = logging.getLogger(__name__)

BATCH = 10  # files a completion: 14 worked and 15 gave internal_error (python-slack-sdk#1653)
TIMEOUT = (5, 60)  # seconds to connect, and without progress
TRIES = 4
LONGEST_WAIT = 30.0  # seconds of Retry-After that are waited for
PAUSES = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)  # seconds before each look whether a share has appeared
SILENT_LOOKS = 3  # looks after which a server that says nothing about shares is believed to never do so


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A photo that is ready to be posted."""

    name: str  # file name
    title: str
    alt: str  # for screen readers
    data: bytes  # JPEG


class Uploader:
    """Uploads photos. Safe to use from several threads."""

    def __init__(self, client: WebClient, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._sleep = sleep

    def send(self, channel: str, thread: str, photos: Sequence[PhotoFile]) -> None:
        """Shares the photos in a thread, in order.

        Raises SlackApiError as the completion does (not_in_channel and the like), UploadFailed, and what
        SILENCE names.
        """
        for batch in _batches(photos):
            shared = self._share(channel, thread, batch, with_alt=True)
            lost = self._lost(channel, thread, list(shared))
            if lost:
                # alt_txt has been reported to make a share fail silently (python-slack-sdk#1818, #1575).
                log.warning(
                    "%d of %d photos did not appear; sharing them without alt_txt", len(lost), len(batch)
                )
                self._delete(lost)
                self._share(channel, thread, [shared[file] for file in lost], with_alt=False)

    def _share(
        self, channel: str, thread: str, photos: Sequence[PhotoFile], *, with_alt: bool
    ) -> dict[str, PhotoFile]:
        """Uploads and shares one batch; the photos by file id."""
        uploaded = {self._upload(photo, with_alt): photo for photo in photos}
        self._client.files_completeUploadExternal(
            files=[{"id": file, "title": photo.title} for file, photo in uploaded.items()],
            channel_id=channel,
            thread_ts=thread,
        )
        return uploaded

    def _upload(self, photo: PhotoFile, with_alt: bool) -> str:
        slot = self._client.files_getUploadURLExternal(
            filename=photo.name, length=len(photo.data), alt_txt=photo.alt if with_alt else None
        )
        self._put(str(slot["upload_url"]), photo)
        return str(slot["file_id"])

    def _put(self, url: str, photo: PhotoFile) -> None:
        """Sends the bytes. The URL is a ticket of its own: no token goes with it.

        The client's retry handlers know nothing of this request, so it has its own patience.
        """
        reason = ""
        for attempt in range(TRIES):
            wait = 2.0**attempt
            try:
                response = requests.post(
                    url,
                    data=photo.data,
                    headers={"Content-Type": "application/octet-stream"},
                    timeout=TIMEOUT,
                )
            except (requests.ConnectionError, requests.Timeout) as error:
                reason = type(error).__name__
            else:
                if response.ok:
                    return
                reason = f"status {response.status_code}"
                if response.status_code != 429 and response.status_code < 500:
                    break
                wait = min(retry_after(response.headers, wait), LONGEST_WAIT)
            if attempt < TRIES - 1:
                self._sleep(wait)
        log.error("the upload of %s failed: %s", photo.name, reason)
        raise UploadFailed("Slack did not take the files. Please try again in a while.")

    def _lost(self, channel: str, thread: str, files: Sequence[str]) -> list[str]:
        """The files whose share in the channel has not appeared within the time given.

        Slack shares some time after the completion's answer. Where it never says anything about shares, the
        answer counts.
        """
        waiting = list(files)
        silent = 0
        for pause in PAUSES:
            self._sleep(pause)
            looks = {file: self._is_shared(channel, file) for file in waiting}
            waiting = [file for file in waiting if looks[file] is not True]
            if not waiting:
                return []
            silent = silent + 1 if all(looks[file] is None for file in waiting) else 0
            if silent == SILENT_LOOKS:
                log.info("Slack tells nothing about the share of %d files", len(waiting))
                return []
        present = self._in_thread(channel, thread)
        return [file for file in waiting if file not in present]

    def _is_shared(self, channel: str, file: str) -> bool | None:
        """True or False as files.info says; None where it says nothing."""
        try:
            about = self._client.files_info(file=file).get("file")
        except (SlackApiError, *SILENCE) as error:
            log.info("nothing known about file %s: %s", file, error)
            return None
        return is_shared(about, channel) if isinstance(about, dict) else None

    def _in_thread(self, channel: str, thread: str) -> set[str]:
        """The ids of the files that the thread shows; empty where it is not to be had."""
        try:
            page = self._client.conversations_replies(channel=channel, ts=thread, limit=200)
        except (SlackApiError, *SILENCE) as error:
            log.info("the thread %s of %s is not to be had: %s", thread, channel, error)
            return set()
        messages: list[dict[str, Any]] = page.get("messages") or []
        return {str(file.get("id")) for message in messages for file in message.get("files") or ()}

    def _delete(self, files: Sequence[str]) -> None:
        """Removes files that did not appear, so that they don't do so later, next to their second copy."""
        for file in files:
            try:
                self._client.files_delete(file=file)
            except (SlackApiError, *SILENCE) as error:
                log.info("file %s could not be deleted: %s", file, error)


def is_shared(about: Mapping[str, Any], channel: str) -> bool | None:
    """Whether a file object lists the channel among its shares; None where it has no such list."""
    if "shares" not in about and not any(about.get(kind) for kind in ("channels", "groups", "ims")):
        return None
    shares = about.get("shares") or {}
    if any(channel in (shares.get(kind) or {}) for kind in ("public", "private")):
        return True
    return any(channel in (about.get(kind) or ()) for kind in ("channels", "groups", "ims"))


def _batches(photos: Sequence[PhotoFile]) -> list[Sequence[PhotoFile]]:
    return [photos[start : start + BATCH] for start in range(0, len(photos), BATCH)]
