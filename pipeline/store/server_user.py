"""PostgreSQL refuses to work as root: whom it runs as then, and what that user must be able to reach."""

from __future__ import annotations

import fcntl
import logging
import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

ACCOUNTS = Path("/etc")
"""Where the machine's users are written down."""


def server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as: None for oneself. Makes the user `pgserver` if need be.

    Raises DatabaseUnavailable.
    """
    if os.geteuid() != 0:
        return None
    found = _known("pgserver") or _made() or _known("nobody")
    if found is None:
        raise DatabaseUnavailable(
            "PostgreSQL does not run as root, and this machine has no user pgserver or nobody. "
            "Add one, run FindMe as an ordinary user, or set DATABASE_URL."
        )
    return found


def _made() -> pwd.struct_passwd | None:
    """The user `pgserver`, made by one process at a time.

    Two that make it at once both succeed: the second replaces what the first made, under another number.
    """
    with _locked(ACCOUNTS):
        if (already := _known("pgserver")) is not None:
            return already
        with suppress(OSError):  # no useradd here
            subprocess.run(
                ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "pgserver"],  # noqa: S607
                check=False,
                capture_output=True,
            )
        return _known("pgserver")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Waits until no other process holds the folder; where it cannot be held, goes on without."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _known(name: str) -> pwd.struct_passwd | None:
    with suppress(KeyError):
        return pwd.getpwnam(name)
    return None


def open_for_traversal(folder: Path) -> None:
    """Lets other users pass through a folder and those above it, as far as they are closed."""
    for place in (folder, *folder.parents):
        mode = place.stat().st_mode
        if not mode & stat.S_IXOTH:
            log.info("opening %s for traversal, so that the database's user reaches its files", place)
            place.chmod(mode | stat.S_IXOTH)


def open_for_reading(installed: Path) -> None:
    """Lets other users run the programs, where a strict umask installed them for their owner alone."""
    open_for_traversal(installed)
    for place in installed.rglob("*"):
        mode = place.lstat().st_mode
        if stat.S_ISLNK(mode):
            continue
        # Who may do what: others like the owner, but for writing.
        wanted = mode | ((mode >> 6) & (stat.S_IROTH | stat.S_IXOTH))
        if wanted != mode:
            place.chmod(wanted)
