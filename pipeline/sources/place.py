"""A folder or a file behind an fsspec URL: the one file that talks to the drivers."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from typing import Any, TypeVar
from uuid import uuid4

from pipeline.errors import FindMeError, NotThere, SourceAway, SourceUnfit, SourceUnreachable
from pipeline.sources import drivers
from pipeline.sources.address import Address

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_DENIED = frozenset(
    {
        *("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound"),
        *("DefaultCredentialsError", "RefreshError"),  # Google's
        *("AuthenticationException", "PasswordRequiredException", "UnknownHost"),  # paramiko's
    }
)


# What a storage service answers where it knows who asks, and refuses this one thing.
_ONE_THING = frozenset({"AccessDenied", "AllAccessDisabled", "InvalidObjectState", "403"})
# What no waiting mends: the question itself is wrong.
_WRONG = frozenset({errno.EINVAL, errno.EPERM, errno.ENAMETOOLONG, errno.ENOSYS, errno.ENOTDIR, errno.EISDIR})


class Place:
    """A folder or a file elsewhere. Connects on first use; safe to use from several threads at once.

    Drivers raise whatever their libraries do; here it becomes SourceUnreachable with what to do: SourceAway
    unless it is known that waiting mends nothing. After an error the next question connects anew, so that a
    dropped connection does not stay dropped. No question waits for a silent server for ever.
    """

    def __init__(self, address: Address) -> None:
        """Connects to nothing yet."""
        self._address = address
        self._lock = threading.Lock()
        # One SSH connection answers one question at a time.
        self._turn = threading.Lock() if address.scheme == "sftp" else nullcontext()
        self._connection: tuple[Any, str] | None = None  # a file system, and the place's path in it

    @property
    def uri(self) -> str:
        """The address."""
        return self._address.url

    @property
    def is_bucket(self) -> bool:
        """As Address.is_in_bucket."""
        return self._address.is_in_bucket

    def listing(self, folder: str = "") -> Sequence[tuple[str, Mapping[str, Any]]]:
        """What is directly in a folder: names relative to the place, and what the driver says of each.

        Raises SourceUnreachable.
        """
        return self._ask(
            lambda system, root: [
                (_relative(root, info["name"]), info) for info in system.ls(_join(root, folder), detail=True)
            ]
        )

    def below(self, folder: str, beginning: str) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """All files of a bucket whose names go on so behind a folder's slash, however deep; as `listing`.

        Listings folder by folder do not lead to names such as `a//b` and `a/../b`. Raises SourceUnreachable.
        """
        return self._ask(
            lambda system, root: [
                (_relative(root, path), info)
                for path, info in system.find(_join(root, folder), prefix=beginning, detail=True).items()
            ]
        )

    def info(self) -> Mapping[str, Any]:
        """What the driver says of the place itself. Raises SourceUnreachable."""
        return self._ask(lambda system, root: dict(system.info(root)))

    def require(self) -> None:
        """Raises NotThere where the place is gone, or empty as the folder of a disk that is not mounted."""
        self.info()
        if self._address.scheme == "sftp" and not self.listing():
            raise NotThere(f"{self.uri} is suddenly empty. Is its disk mounted?")

    def read(self, name: str = "", start: int | None = None, end: int | None = None) -> bytes:
        """The bytes of a file in the folder, or of the place itself. Raises SourceUnreachable."""
        return self._ask(lambda system, root: bytes(system.cat_file(_join(root, name), start=start, end=end)))

    def write(self, name: str, data: bytes) -> None:
        """Makes a file in the folder, or replaces it: whole or not at all. Raises SourceUnreachable."""

        def put(system: Any, root: str) -> None:
            path = _join(root, name)
            if self._address.scheme != "sftp":  # buckets show an object when all of it has come
                system.pipe_file(path, data)
                return
            system.makedirs(path.rpartition("/")[0], exist_ok=True)
            unfinished = f"{path}.{uuid4().hex}.part"
            system.pipe_file(unfinished, data)
            system.mv(unfinished, path)

        self._ask(put)

    def files(self, folder: str) -> list[str]:
        """The names of all files below a folder; none when there is no such folder.

        Raises SourceUnreachable.
        """
        return self._ask(
            lambda system, root: [_relative(root, path) for path in system.find(_join(root, folder))]
        )

    def remove(self, names: Sequence[str]) -> None:
        """Removes files of the folder, where they are still there. Raises SourceUnreachable."""

        def rm(system: Any, root: str) -> None:
            for name in names:
                with suppress(FileNotFoundError):
                    system.rm_file(_join(root, name))

        self._ask(rm)

    def erase(self, folder: str) -> None:
        """Removes a folder with all that is in it. Raises SourceUnreachable."""

        def rm(system: Any, root: str) -> None:
            with suppress(FileNotFoundError):
                system.rm(_join(root, folder), recursive=True)

        self._ask(rm)

    def _ask(self, question: Callable[[Any, str], Answer]) -> Answer:
        used: tuple[Any, str] | None = None
        try:
            with self._turn:
                used = self._connected()
                return question(*used)
        except FindMeError:
            raise
        except FileNotFoundError as error:
            raise NotThere(f"There is nothing at {self.uri}. Check the address.") from error
        except Exception as error:  # each driver's libraries have errors of their own
            self._drop(used)
            log.info("%s: %s", self.uri, type(error).__name__)
            raise self._unreachable(error) from error

    def _connected(self) -> tuple[Any, str]:
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
            return self._connection

    def _drop(self, used: tuple[Any, str] | None) -> None:
        """Lets a connection go, unless somebody has done so and connected anew meanwhile."""
        with self._lock:
            if used is None or used is not self._connection:
                return
            self._connection = None
        if self._address.scheme == "sftp":
            with suppress(Exception):  # it is broken already
                used[0].client.close()

    def _connect(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs

        try:
            options = drivers.options(self._address.scheme)
            system, path = url_to_fs(self.uri, skip_instance_cache=True, **options)
        except ImportError as error:
            extra = self._address.kind.extra
            raise SourceUnfit(
                f"{self._address.scheme}:// needs the extra `{extra}`: run "
                f"`uv sync --locked --extra {extra}`, or install findme[{extra}]."
            ) from error
        drivers.limit(self._address.scheme, system)
        return system, path

    def _unreachable(self, error: Exception) -> SourceUnreachable:
        if _is_stranger(error):
            return SourceUnfit(f"{self.uri} may not be read. {self._address.kind.access}")
        if _is_denial(error):
            return SourceUnreachable(f"{self.uri} may not be read. {self._address.kind.access}")
        wrong = type(error).__name__ == "ParamValidationError" or getattr(error, "errno", None) in _WRONG
        kind = SourceUnreachable if wrong else SourceAway
        return kind(f"{self.uri} could not be reached. Check the address and the network, and try again.")


def _is_stranger(error: Exception) -> bool:
    """Whether the place does not know who asks; another machine may have better credentials."""
    code = getattr(error.__cause__, "response", {}).get("Error", {}).get("Code")
    return (
        any(type(cause).__name__ in _DENIED for cause in (error, error.__cause__))
        or str(getattr(error, "code", "")) == "401"
        or (isinstance(error, PermissionError) and code is not None and code not in _ONE_THING)
    )


def _is_denial(error: Exception) -> bool:
    # Google's driver says so in words only.
    forbidden = isinstance(error, OSError) and str(error).startswith("Forbidden: ")
    return isinstance(error, PermissionError) or forbidden or str(getattr(error, "code", "")) == "403"


def _join(root: str, name: str) -> str:
    return f"{root.rstrip('/')}/{name}" if name else root


def _relative(root: str, path: str) -> str:
    """A path as drivers give it, relative to the root; empty for the root itself."""
    root, path = root.strip("/"), path.strip("/")
    return path.removeprefix(root).removeprefix("/")
