"""Puts photos (and lists) into a thread: upload, share, and check that the share took place."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Container, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.errors import UploadFailed
from bot.replies.raw_posts import NOT_TAKEN, RawPosts
from bot.slack.brief import brief
from bot.slack.client import SILENCE

log = logging.getLogger(__name__)

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

AT_ONCE = 4  # calls of one reply: each waits a tenth of a second or more for Slack, and a reply has thirty
BATCH = 10  # files a completion: 14 worked and 15 gave internal_error (python-slack-sdk#1653)
PAUSES = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)  # seconds before each look whether a share has appeared
MOST_FAILURES = 3  # failed uploads of a batch after which the others are not tried
MOST_PAGES = 10  # of a thread, to look for the photos in
SILENT_LOOKS = 3  # looks after which a server that says nothing about shares is believed to never do so


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A photo that is ready to be posted."""

    name: str  # file name
    title: str
    alt: str  # for screen readers; "" where there is nothing to say
    data: bytes  # JPEG, or a list's text


class Uploader:
    """Uploads photos. Safe to use from several threads."""

    def __init__(self, client: WebClient, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._sleep = sleep
        self._posts = RawPosts(sleep)

    def send(self, channel: str, thread: str | None, photos: Sequence[PhotoFile]) -> list[str]:
        """Shares the photos in a thread, in order; the names of those that Slack did not take or show.

        Raises SlackApiError as the completion does (not_in_channel and the like), UploadFailed when none was
        taken, and what SILENCE names.
        """
        missing: list[str] = []
        for batch in _batches(photos):
            shared = self._share(channel, thread, batch, with_alt=True)
            missing += _missing(batch, shared)
            lost = self._lost(channel, thread, list(shared))
            # alt_txt has been reported to make a share fail silently (python-slack-sdk#1818, #1575).
            # Only what is surely gone is shared again: the same photo twice is worse than one too few.
            again = [shared[file] for file in lost if self._delete(file)]
            if lost:
                log.warning("%d photos did not appear; %d go again without alt_txt", len(lost), len(again))
            if again:
                second = self._share(channel, thread, again, with_alt=False)
                missing += _missing(again, second)
                missing += [second[file].name for file in self._lost(channel, thread, list(second))]
        return missing

    def _share(
        self, channel: str, thread: str | None, photos: Sequence[PhotoFile], *, with_alt: bool
    ) -> dict[str, PhotoFile]:
        """Uploads and shares one batch; the photos that Slack took, by file id."""
        uploaded: dict[str, PhotoFile] = {}
        failures: list[UploadFailed] = []
        for start in range(0, len(photos), AT_ONCE):
            some = photos[start : start + AT_ONCE]
            for photo, outcome in zip(some, self._uploads(some, with_alt), strict=True):
                if isinstance(outcome, UploadFailed):
                    failures.append(outcome)
                else:
                    uploaded[outcome] = photo
            if len(failures) >= MOST_FAILURES:
                break
        if failures and not uploaded:
            raise failures[0]
        try:
            self._client.files_completeUploadExternal(
                files=[{"id": file, "title": photo.title} for file, photo in uploaded.items()],
                channel_id=channel,
                thread_ts=thread,
            )
        except SILENCE as error:
            # What Slack was too slow to say may have been done all the same.
            if not self._appear(channel, thread, list(uploaded)):
                raise
            log.warning("the photos are in %s, though the answer did not come: %s", channel, brief(error))
        return uploaded

    def _appear(self, channel: str, thread: str | None, files: Sequence[str]) -> bool:
        """Whether Slack shows all the files in the channel, at once or a little later."""
        for pause in PAUSES:
            self._sleep(pause)
            looks = self._looks(channel, files, self._in_thread(channel, thread))
            if all(looks.values()):
                return True
            if not any(look is not None for look in looks.values()):
                return False  # it says nothing at all
        return False

    def _uploads(self, photos: Sequence[PhotoFile], with_alt: bool) -> list[str | UploadFailed]:
        """Uploads photos at once; for each, in their order, the id of its file or why there is none."""

        def upload(photo: PhotoFile) -> str | UploadFailed:
            try:
                return self._upload(photo, with_alt)
            except UploadFailed as failure:
                return failure

        return _at_once(upload, photos)

    def _upload(self, photo: PhotoFile, with_alt: bool) -> str:
        slot = self._client.files_getUploadURLExternal(
            filename=photo.name, length=len(photo.data), alt_txt=(photo.alt or None) if with_alt else None
        )
        url, file = slot.get("upload_url"), slot.get("file_id")
        if not url or not file:
            log.error("Slack named no place for the upload of %s", photo.name)
            raise UploadFailed(NOT_TAKEN)
        self._posts.post(str(url), photo.name, photo.data)
        return str(file)

    def _lost(self, channel: str, thread: str | None, files: Sequence[str]) -> list[str]:
        """The files of which Slack shows that their share in the channel did not take place.

        Slack shares some time after the completion's answer. One look at the thread tells of all files; only
        those that it does not show are asked about. Where Slack never says anything about shares (or
        gives an empty list for every file, for ever), the answer counts.
        """
        waiting = list(files)
        for look, pause in enumerate(PAUSES, start=1):
            self._sleep(pause)
            present = self._in_thread(channel, thread)
            looks = self._looks(channel, waiting, present)
            waiting = [file for file in waiting if looks[file] is not True]
            if not waiting:
                return []
            if look == SILENT_LOOKS and present is None and len(waiting) == len(files):
                log.info("Slack tells nothing about the share of %d files", len(waiting))
                return []
        if present is not None:
            return waiting
        return [file for file in waiting if looks[file] is False and len(waiting) < len(files)]

    def _looks(
        self, channel: str, files: Sequence[str], present: Container[str] | None
    ) -> dict[str, bool | None]:
        """Which of the files are shared. present: those that the thread shows; None where it is not known."""
        shown = {file: True for file in files if present is not None and file in present}
        others = [file for file in files if file not in shown]
        if not others:
            return dict(shown)
        seen = _at_once(lambda file: self._is_shared(channel, file), others)
        return {**shown, **dict(zip(others, seen, strict=True))}

    def _is_shared(self, channel: str, file: str) -> bool | None:
        """True or False as files.info says; None where it says nothing."""
        try:
            about = self._client.files_info(file=file).get("file")
        except (SlackApiError, *SILENCE) as error:
            log.info("nothing known about file %s: %s", file, brief(error))
            return None
        return is_shared(about, channel) if isinstance(about, dict) else None

    def _in_thread(self, channel: str, thread: str | None) -> set[str] | None:
        """The ids of the files that the thread shows; None where the whole of it is not to be had."""
        if not thread:
            return None
        found: set[str] = set()
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            try:
                page = self._client.conversations_replies(
                    channel=channel, ts=thread, limit=200, cursor=cursor
                )
            except (SlackApiError, *SILENCE) as error:
                log.info("the thread %s of %s is not to be had: %s", thread, channel, brief(error))
                return None
            messages = page.get("messages")
            if not isinstance(messages, list) or not messages:
                return None  # the parent at least would be there
            found |= {str(file.get("id")) for message in messages for file in message.get("files") or ()}
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None if page.get("has_more") else found
        return None

    def _delete(self, file: str) -> bool:
        """Removes a file that did not appear, so that it does not do so later, next to its second copy.

        Whether Slack confirms that it is gone.
        """
        try:
            self._client.files_delete(file=file)
        except (SlackApiError, *SILENCE) as error:
            log.info("file %s could not be deleted: %s", file, brief(error))
            return False
        return True


def is_shared(about: Mapping[str, Any], channel: str) -> bool | None:
    """Whether a file object lists the channel among its shares; None where it has no such list."""
    if "shares" not in about and not any(about.get(kind) for kind in ("channels", "groups", "ims")):
        return None
    shares = about.get("shares") or {}
    if any(channel in (shares.get(kind) or {}) for kind in ("public", "private")):
        return True
    return any(channel in (about.get(kind) or ()) for kind in ("channels", "groups", "ims"))


def _missing(wanted: Sequence[PhotoFile], shared: Mapping[str, PhotoFile]) -> list[str]:
    there = {id(photo) for photo in shared.values()}
    return [photo.name for photo in wanted if id(photo) not in there]


def _at_once(ask: Callable[[Asked], Answered], things: Sequence[Asked]) -> list[Answered]:
    """What each thing gives, in their order, AT_ONCE of them at a time."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="upload") as pool:
        return list(pool.map(ask, things))


def _batches(photos: Sequence[PhotoFile]) -> list[Sequence[PhotoFile]]:
    return [photos[start : start + BATCH] for start in range(0, len(photos), BATCH)]
