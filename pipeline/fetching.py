"""Fetches model files: from a pinned address, resumed where it was cut, kept only if every byte is right."""

from __future__ import annotations

import fcntl
import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

import requests

from pipeline.errors import WeightsUnavailable
from pipeline.model_files import ModelFile

log = logging.getLogger(__name__)

TIMEOUT = (10, 60)  # seconds to connect, and without progress
CHUNK = 1 << 18  # bytes

Progress = Callable[[int, int], None]
"""(bytes done, bytes in all)."""


def is_present(file: ModelFile, folder: Path) -> bool:
    """Whether the folder holds a file of that name and size; `fetch` looked at its digest."""
    path = folder / file.name
    return path.is_file() and path.stat().st_size == file.size


def fetch(file: ModelFile, folder: Path, progress: Progress = lambda *_: None) -> bool:
    """Brings a file into the folder; False when it is there already, byte for byte.

    What a broken connection leaves is kept beside it (`.part`) and continued by the next call. A file that is
    not what it must be is deleted, never used. Raises WeightsUnavailable.
    """
    path = folder / file.name
    if is_present(file, folder) and _digest(path) == file.sha256:
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder / f"{file.name}.part", file) as part:
            _download(file, part, progress)
            _check(file, part)
            Path(part.name).chmod(0o644)
            Path(part.name).replace(path)
    except OSError as error:  # requests' errors are answered where they come up
        raise WeightsUnavailable(
            f"{path} cannot be written ({error.strerror}): set FINDME_DATA_DIR to a folder where this user "
            "may write."
        ) from error
    return True


@contextmanager
def _alone(path: Path, file: ModelFile) -> Iterator[BinaryIO]:
    """The unfinished file, open at its end, which no other process writes to meanwhile."""
    with path.open("a+b") as part:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WeightsUnavailable(
                f"{file.name} is being fetched by another process: wait until that is done."
            ) from None
        yield part


def _download(file: ModelFile, part: BinaryIO, progress: Progress) -> None:
    """Brings the unfinished file to its size; what is there already is not loaded again."""
    done = part.seek(0, 2)
    if done >= file.size:
        return
    try:
        with _asked(file, done) as answer:
            if answer.status_code != HTTPStatus.PARTIAL_CONTENT:
                done = 0  # the server sends all of it
                part.truncate(0)
            for chunk in answer.iter_content(CHUNK):
                part.write(chunk)
                done += len(chunk)
                progress(min(done, file.size), file.size)
                if done > file.size:
                    break  # it is not the file, and might never end
    except requests.RequestException as error:
        raise WeightsUnavailable(_unreachable(file, done, type(error).__name__)) from error
    part.flush()
    if done < file.size:
        raise WeightsUnavailable(_unreachable(file, done, "the answer ended early"))


def _asked(file: ModelFile, done: int) -> requests.Response:
    """The server's answer to a request for what is missing. Raises WeightsUnavailable."""
    headers = {"Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-{file.size - 1}"
    answer = requests.get(file.url, headers=headers, stream=True, timeout=TIMEOUT)
    whole = answer.status_code == HTTPStatus.OK
    rest = answer.status_code == HTTPStatus.PARTIAL_CONTENT and answer.headers.get(
        "Content-Range", ""
    ).startswith(f"bytes {done}-")
    if whole or rest:
        return answer
    answer.close()
    raise WeightsUnavailable(_unreachable(file, done, f"status {answer.status_code}"))


def _check(file: ModelFile, part: BinaryIO) -> None:
    """Deletes what is not the file that is known. Raises WeightsUnavailable."""
    path = Path(part.name)
    if part.seek(0, 2) == file.size and _digest(path) == file.sha256:
        return
    path.unlink()
    raise WeightsUnavailable(
        f"What {file.url} sent is not the {file.name} that FindMe knows (another SHA-256), so it was "
        "deleted. Try again; if it stays so, the file there has been changed: do not use it."
    )


def _unreachable(file: ModelFile, done: int, why: str) -> str:
    kept = f" {done:,} of {file.size:,} bytes are kept, and the next try continues there." if done else ""
    return (
        f"{file.url} cannot be fetched ({why}).{kept} Connect this machine to the network and try again, or "
        f"bring the file here yourself and set {file.setting} to it."
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
