"""A ZIP archive that somebody uploaded to Slack: fetched to this machine, and read there by ranges."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from slack_sdk import WebClient

from bot.errors import DownloadFailed, NoDownload
from bot.slack.addresses import SlackAddress
from bot.slack.deadlines import Deadline
from bot.slack.downloads import Downloader
from bot.slack.files import File
from bot.slack.refusals import explained, refusal
from pipeline.errors import SourceAway, SourceUnfit, SourceUnreachable

log = logging.getLogger(__name__)

UPLOADS = "uploads"  # in the data folder
MOST_BYTES = 5_000_000_000  # an archive; Slack itself takes files of up to 1 GB
MOST_SECONDS = 3600.0  # for fetching it
SPARE_BYTES = 500_000_000  # that stay free on the disk
LOCK_SECONDS = 0.2  # between looks whether another process has fetched it
LONGEST_KEPT_SECONDS = 24 * 3600  # of an archive that nobody has opened


class UploadedArchive:
    """The bytes of an archive in Slack (`FetchedRanges`), fetched once a machine, into a folder.

    The copy lasts until the event is complete, whose photos are kept then. What a killed run leaves, and what
    other machines than the one that ended the run have, goes a day later.
    """

    def __init__(self, client: WebClient, downloads: Downloader, address: SlackAddress, folder: Path) -> None:
        """Fetches nothing yet."""
        self._client = client
        self._downloads = downloads
        self._address = address
        self._path = copy_of(address, folder)
        self._name = ""  # as far as Slack has told it

    @property
    def uri(self) -> str:
        """`slack://TEAM/FILE`."""
        return self._address.uri

    @property
    def title(self) -> str:
        """The file's name in Slack, where that is to be had."""
        if not self._name:
            with suppress(SourceUnreachable):
                self._about()
        return self._name or "The uploaded archive"

    def size(self) -> int:
        """As Ranges.size."""
        with self._open() as file:
            return os.fstat(file).st_size

    def read(self, start: int, length: int) -> bytes:
        """As Ranges.read."""
        with self._open() as file:
            parts = []
            while length > 0 and (part := os.pread(file, length, start)):
                parts.append(part)
                start, length = start + len(part), length - len(part)
        return b"".join(parts)

    def fetch(self, progress: Callable[[int, int], None] | None = None) -> Path:
        """The copy on this machine, fetched where it is not there yet. Raises SourceUnreachable.

        progress: called with the bytes that have come, and with how many there are; 0 of 0 while another
        process fetches it. What it raises ends the fetching, and leaves nothing behind.
        """
        folder = self._path.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            drop_stale(folder)
            told = progress or (lambda _come, _all: None)
            with _alone(folder / f"{self._path.name}.lock", lambda: told(0, 0)):
                if not self._path.exists():
                    _drop_unfinished(self._path)
                    self._fetch(told)
                os.utime(self._path)
        except OSError as error:
            raise SourceUnfit(
                f"The folder {folder} cannot be written ({error.strerror}). Mend that, or set "
                "FINDME_DATA_DIR to another folder."
            ) from error
        return self._path

    @contextmanager
    def _open(self) -> Iterator[int]:
        try:
            file = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            file = os.open(self.fetch(), os.O_RDONLY)
        with suppress(OSError):
            os.utime(file)  # it is in use: see drop_stale
        try:
            yield file
        finally:
            os.close(file)

    def _fetch(self, progress: Callable[[int, int], None]) -> None:
        about = self._about()
        reason = refusal(about)
        if reason is not None:
            raise SourceUnreachable(f"The archive cannot be fetched. {reason}")
        size = int(about.get("size") or 0)
        self._check_room(size)
        unfinished = self._path.with_name(f"{self._path.name}.{uuid4().hex}.part")
        url = str(about.get("url_private_download") or about.get("url_private"))
        try:
            self._downloads.save(
                url, unfinished, deadline=Deadline(MOST_SECONDS), progress=lambda come: progress(come, size)
            )
        except DownloadFailed as error:
            log.warning("file %s: %s", self._address.id, error)
            kind = SourceAway if isinstance(error, NoDownload) else SourceUnreachable
            raise kind(
                "The archive could not be fetched from Slack. Index the event again in a while; if that "
                "fails too, FindMe may lack the permission to read files: install the Slack app again."
            ) from error
        unfinished.replace(self._path)

    def _about(self) -> File:
        with explained("The archive"):
            about: File = self._client.files_info(file=self._address.id).get("file") or {}
        self._name = str(about.get("name") or "")
        return about

    def _check_room(self, size: int) -> None:
        if size > MOST_BYTES:
            raise SourceUnreachable(
                f"The archive has {size / 1e9:.1f} GB, more than the {MOST_BYTES / 1e9:.0f} GB that are "
                "fetched from Slack. Split it, or put it below FINDME_PHOTO_ROOTS."
            )
        if shutil.disk_usage(self._path.parent).free < size + SPARE_BYTES:
            raise SourceUnfit(
                f"There is no room for the archive's {size / 1e9:.1f} GB in {self._path.parent}. Free some "
                "space."
            )


def copy_of(address: SlackAddress, folder: Path) -> Path:
    """Where an archive's copy is, or would be."""
    return folder / f"{address.team}-{address.id}.zip"


def _drop_unfinished(path: Path) -> None:
    """Removes what killed processes left of a copy; to be called by whoever alone may make it."""
    for unfinished in path.parent.glob(f"{path.name}.*.part"):
        unfinished.unlink(missing_ok=True)


def drop_stale(folder: Path) -> None:
    """Removes copies that nobody has asked for in a day, and what killed processes left unfinished.

    Who still reads one fetches it again.
    """
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > LONGEST_KEPT_SECONDS:
                path.unlink()


@contextmanager
def _alone(lock: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """One process at a time; the system drops the lock of one that dies. `waiting` is called meanwhile."""
    with lock.open("ab") as file:
        os.utime(lock)
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting()
                time.sleep(LOCK_SECONDS)
        yield
