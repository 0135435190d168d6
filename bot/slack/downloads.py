"""Fetches pictures over HTTP: bounded in size and time, and the bot's token stays with Slack."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from bot.errors import DownloadFailed, NoDownload, NotAPicture
from bot.slack.client import retry_after
from bot.slack.deadlines import Deadline, WatchedAdapter
from pipeline.images import is_photo

MOST_BYTES = 20_000_000  # profile pictures are below 1 MB, phones' photos below 20
MOST_SECONDS = 30.0  # for the whole download, redirects included
CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0  # for one step of it
MOST_REDIRECTS = 4
LONGEST_WAIT = 10.0  # seconds of Retry-After that are waited for
CHUNK = 65_536  # bytes
DEFAULT_PORTS = {"http": 80, "https": 443}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What URL parsers read differently: blanks and control characters, and the backslash.
AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is really asked."""

    scheme: str
    host: str
    port: int | None


def origin(url: str) -> Origin:
    """Who a request to `url` goes to.

    Raises DownloadFailed for addresses that parsers read differently, and for those with a user name: none
    of Slack's is like that.
    """
    if AMBIGUOUS.search(url):
        raise DownloadFailed("an address with blanks or backslashes is not fetched.")
    try:
        parts, second = parse_url(url), urlsplit(url)
        host = (parts.host or "").strip("[]").lower()
        agreed = host == (second.hostname or "").lower() and parts.port == second.port
    except (HTTPError, ValueError) as error:
        raise DownloadFailed("an address that is none is not fetched.") from error
    scheme = (parts.scheme or "").lower()
    if scheme not in DEFAULT_PORTS:
        raise DownloadFailed("only http and https addresses are fetched.")
    if not host or not agreed or parts.auth is not None or "@" in second.netloc:
        raise DownloadFailed("an address that can be read in two ways is not fetched.")
    return Origin(scheme, host, parts.port or DEFAULT_PORTS[scheme])


class Downloader:
    """Fetches pictures. Safe to use from several threads."""

    def __init__(self, slack_api_url: str, token: str | None, *, most_bytes: int = MOST_BYTES) -> None:
        """slack_api_url: its host counts as Slack's, besides https://*.slack.com."""
        self._slack = origin(slack_api_url)
        self._token = token
        self._most_bytes = most_bytes

    def picture(self, url: str, *, public: bool = False, deadline: Deadline | None = None) -> bytes:
        """The picture at `url`. Raises DownloadFailed, NotAPicture; messages are for the log.

        public: a profile picture, see `may_send_token`. deadline: where several tries share one.
        """
        with (deadline or Deadline(MOST_SECONDS)).watch() as watched:
            try:
                with self._open(url, watched, public, accept="image/*") as response:
                    kind = _kind(response)
                    data = b"".join(self._chunks(response, watched))
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                reason = "it took too long" if watched.over else type(error).__name__
                raise NoDownload(f"no answer from {_host(url)} ({reason}).") from error
        if kind == "text/html" or not is_photo(data):
            raise NotAPicture(f"{_host(url)} sent {kind or 'something'} that is no picture.")
        return data

    def save(
        self, url: str, path: Path, *, deadline: Deadline, progress: Callable[[int], None] | None = None
    ) -> None:
        """Writes what is at `url` into a new file. Raises DownloadFailed, and leaves no file then.

        progress: called with the bytes that have come. For files of Slack's only: a web page is none.
        """
        told = progress or (lambda _: None)
        try:
            with deadline.watch() as watched, path.open("xb") as file:
                try:
                    with self._open(url, watched, public=False, accept="*/*") as response:
                        if _kind(response) == "text/html":
                            raise NotAPicture(f"{_host(url)} sent a web page.")
                        for chunk in self._chunks(response, watched):
                            file.write(chunk)
                            told(file.tell())
                except (requests.RequestException, HTTPError, ConnectionError, TimeoutError) as error:
                    reason = "it took too long" if watched.over else type(error).__name__
                    raise NoDownload(f"no answer from {_host(url)} ({reason}).") from error
        except OSError as error:
            path.unlink(missing_ok=True)
            raise DownloadFailed(f"the file cannot be written ({error.strerror}).") from error
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def may_send_token(self, url: str, *, public: bool = False) -> bool:
        """Is it one of Slack's own hosts? The avatars' CDN is not.

        The host of SLACK_API_URL counts on all its ports, since a server may hand out files from another
        one. What is public anyway needs no token there: the other port may be the CDN's.
        """
        asked = origin(url)
        if asked == self._slack:
            return True
        host = asked.host
        if asked.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com")):
            return asked.port == DEFAULT_PORTS["https"]
        return (
            not public
            and host == self._slack.host
            and (asked.scheme == "https" or self._slack.scheme == "http")
        )

    def _open(self, url: str, deadline: Deadline, public: bool, accept: str) -> requests.Response:
        waited, with_slack = False, True
        for _ in range(MOST_REDIRECTS + 2):
            prepared = self._prepared(url, accept)
            # Where the request really goes decides. A chain that has left Slack once is not trusted again.
            with_slack = with_slack and self.may_send_token(str(prepared.url), public=public)
            if with_slack and self._token:
                prepared.headers["Authorization"] = f"Bearer {self._token}"
            response = _send(prepared, deadline)
            location = response.headers.get("Location")
            if response.status_code in REDIRECTS and location:
                _check_target(location)
                url = urljoin(url, location)
            elif response.status_code in {429, 500, 502, 503} and not waited:
                waited = True
                time.sleep(min(retry_after(response.headers), LONGEST_WAIT, deadline.left))
            elif response.status_code == requests.codes.ok:
                return response
            else:
                response.close()
                kind = NoDownload if _may_mend(response.status_code) else DownloadFailed
                raise kind(f"{_host(url)} answered with status {response.status_code}.")
            response.close()
        raise DownloadFailed(f"{_host(url)} sends from one address to the next.")

    def _prepared(self, url: str, accept: str) -> requests.PreparedRequest:
        """The request without any credentials: neither a .netrc nor the address gives some."""
        origin(url)
        headers = {"Accept": accept, "Accept-Encoding": "identity"}
        prepared = requests.Request("GET", url, headers=headers).prepare()
        origin(str(prepared.url))
        prepared.headers.pop("Authorization", None)
        return prepared

    def _chunks(self, response: requests.Response, deadline: Deadline) -> Iterator[bytes]:
        """The bytes as they come; raises DownloadFailed when they are too many, too late, or too few."""
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and int(announced) > self._most_bytes:
            raise DownloadFailed(f"the picture has {int(announced):,} bytes, more than {self._most_bytes:,}.")
        come = 0
        # read1 returns what has come, so that a server that trickles meets the deadline too.
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            come += len(chunk)
            if come > self._most_bytes:
                raise DownloadFailed(f"the picture has more than {self._most_bytes:,} bytes.")
            yield chunk
            if deadline.over:
                break
        if deadline.over:  # also what looks like the end then is only the connection's
            raise NoDownload("the picture took too long.")
        if announced.isdigit() and come < int(announced):
            raise NoDownload("the picture broke off before its end.")


def _kind(response: requests.Response) -> str:
    return response.headers.get("Content-Type", "").split(";")[0].strip().lower()


def _may_mend(status: int) -> bool:
    """Is it trouble on the server's side, rather than its answer to what was asked?"""
    return status in {408, 425, 429} or status >= requests.codes.internal_server_error


def _check_target(location: str) -> None:
    """Raises DownloadFailed for a redirect's target that parsers read differently."""
    if AMBIGUOUS.search(location):
        raise DownloadFailed("an address with blanks or backslashes is not fetched.")


def _send(prepared: requests.PreparedRequest, deadline: Deadline) -> requests.Response:
    left = deadline.left
    if left <= 0:
        raise NoDownload("the picture took too long.")
    with requests.Session() as session:
        for scheme in DEFAULT_PORTS:
            session.mount(f"{scheme}://", WatchedAdapter(deadline))
        settings = session.merge_environment_settings(prepared.url, {}, True, None, None)
        return session.send(
            prepared,
            timeout=(min(CONNECT_SECONDS, left), min(READ_SECONDS, left)),
            allow_redirects=False,
            **settings,
        )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"
