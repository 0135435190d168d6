"""A file on the web, read by ranges, or downloaded once where the server knows no ranges."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from pipeline.errors import NotThere, SourceAway, SourceUnfit, SourceUnreachable
from pipeline.sources.address import Address
from pipeline.sources.held import Held
from pipeline.sources.redirects import MOST_HOPS, next_hop

MAX_DOWNLOAD = 20_000_000_000
"""In bytes: an event of 4,000 photos of 5 MB."""

COPY_SECONDS = 600.0
"""That a downloaded file is held after the last reading, since a process that serves lives for weeks."""

_TIMEOUT = (10.0, 60.0)  # seconds: to connect, between two pieces of an answer
_PIECE = 1 << 20
_MAY_MEND = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
_RETRY = Retry(3, backoff_factor=0.3, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A downloaded file without a name; gone when nobody reads it any more, or the process ends."""

    file: IO[bytes]
    size: int
    version: tuple[str | None, ...]  # what the server said of the file; the same again = the same file

    def read(self, start: int, length: int) -> bytes:
        parts = []
        while length > 0 and (part := os.pread(self.file.fileno(), length, start)):
            parts.append(part)
            start, length = start + len(part), length - len(part)
        return b"".join(parts)


def _without_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from looking into ~/.netrc."""
    return request


class WebRanges:
    """A file at an http:// or https:// address, or where its server leads to.

    Logins come from ~/.netrc, never from the address, and go to that address's own server alone.
    """

    def __init__(self, address: Address, bounds: Sequence[Address] = ()) -> None:
        """Connects to nothing yet. `bounds` as next_hop's."""
        self._address = address
        self._bounds = bounds
        self._local = threading.local()  # one session a thread: requests promises nothing about sharing
        self._size: int | None = None
        self._turn = threading.Lock()
        self._whole = False  # does the server send the file in one piece only?
        self._copy = Held[_Copy](COPY_SECONDS)

    @property
    def uri(self) -> str:
        """The address."""
        return self._address.url

    def size(self) -> int:
        """As Ranges.size; downloads the file when the server gives no ranges."""
        with self._get(0, 1) as response:
            total = response.headers.get("Content-Range", "").rpartition("/")[2]
            self._whole = response.status_code != requests.codes.partial_content or not total.isdecimal()
            copy = self._download(response) if self._whole else None
            self._copy.put(copy)
            self._size = int(total) if copy is None else copy.size
        return self._size

    def read(self, start: int, length: int) -> bytes:
        """As Ranges.read; nothing is asked for behind the end that `size` last saw."""
        copy = self._present_copy()
        size = self._size or 0
        wanted = min(start + length, size) - start
        if wanted <= 0:
            return b""
        if copy is not None:
            return copy.read(start, wanted)
        with self._get(start, wanted) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                return b""  # the file has been replaced by a shorter one
            if not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
                raise self._unreachable()
            try:
                data = bytes(response.raw.read(wanted))
            except (HTTPError, OSError) as error:
                raise self._unreachable() from error
            if len(data) < min(wanted, int(response.headers.get("Content-Length", wanted))):
                raise self._unreachable()
            return data

    def _get(self, start: int, length: int) -> requests.Response:
        headers = {"Range": f"bytes={start}-{start + length - 1}", "Accept-Encoding": "identity"}
        try:
            response = self._follow(headers)
        except (requests.RequestException, OSError, UnicodeError) as error:
            raise self._unreachable() from error
        if response.ok or response.status_code == requests.codes.requested_range_not_satisfiable:
            return response
        response.close()
        if response.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
            raise SourceUnfit(f"{self.uri} may not be read. {self._address.kind.access}")
        if response.status_code in (requests.codes.not_found, requests.codes.gone):
            raise NotThere(f"There is nothing at {self.uri}. Check the address.")
        may_mend = (
            response.status_code in _MAY_MEND or response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        )
        kind = SourceAway if may_mend else SourceUnreachable
        raise kind(f"{self.uri} answered with status {response.status_code}. Try again later.")

    def _follow(self, headers: dict[str, str]) -> requests.Response:
        """The first answer that leads nowhere else. Raises SourceUnreachable, and what requests does."""
        session, url, auth = self._session(), self.uri, None
        for _ in range(1 + MOST_HOPS):
            response = session.get(
                url, headers=headers, auth=auth, stream=True, timeout=_TIMEOUT, allow_redirects=False
            )
            location = session.get_redirect_target(response)
            if location is None:
                return response
            response.close()
            url = next_hop(url, location, self._bounds)
            if session.should_strip_auth(self.uri, url):  # type: ignore[no-untyped-call]
                auth = _without_login
        raise SourceUnreachable(f"{self.uri} leads from one address to the next. Check the link.")

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            for scheme in ("https://", "http://"):
                session.mount(scheme, HTTPAdapter(max_retries=_RETRY))
            self._local.session = session
        return session

    def _present_copy(self) -> _Copy | None:
        """The copy, where the server gives no ranges; downloaded anew where it was let go."""
        with self._turn:
            if self._size is None or (self._whole and self._copy.get() is None):
                self.size()
            return self._copy.get()

    def _download(self, response: requests.Response) -> _Copy:
        """The whole file in a temporary one, unless the copy that there is has the same version."""
        version = tuple(response.headers.get(name) for name in ("ETag", "Last-Modified", "Content-Length"))
        copy = self._copy.get()
        if copy is not None and copy.version == version and any(version):
            return copy
        file = tempfile.TemporaryFile(prefix="findme-", suffix=".zip")  # noqa: SIM115  (lives with _Copy)
        size = 0
        try:
            for piece in response.iter_content(_PIECE):
                size += len(piece)
                if size > MAX_DOWNLOAD:
                    raise SourceUnreachable(
                        f"{self.uri} has more than {MAX_DOWNLOAD // 1_000_000_000} GB, and its server sends "
                        "it in one piece only. Download it and index the file."
                    )
                file.write(piece)
            file.flush()
        except requests.RequestException as error:
            raise self._unreachable() from error
        except OSError as error:
            raise SourceUnfit(
                f"There is no room for {self.uri} in {tempfile.gettempdir()}: {error.strerror}. Make room, "
                "or let TMPDIR name another folder."
            ) from error
        return _Copy(file, size, version)

    def _unreachable(self) -> SourceAway:
        return SourceAway(
            f"{self.uri} could not be reached, or ended early. Check the address and the network; try again."
        )
