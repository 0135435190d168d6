"""Fetches pictures over HTTP: bounded in size and time, and the bot's token stays with Slack."""

from __future__ import annotations

import time
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from bot.errors import DownloadFailed, NotAPicture
from bot.slack.client import retry_after

MOST_BYTES = 20_000_000  # profile pictures are below 1 MB, phones' photos below 20
MOST_SECONDS = 30.0  # for the whole download, redirects included
CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0  # for one step of it
MOST_REDIRECTS = 4
LONGEST_WAIT = 10.0  # seconds of Retry-After that are waited for
CHUNK = 65_536  # bytes
DEFAULT_PORTS = {"http": 80, "https": 443}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# HEIF and AVIF name themselves in the `ftyp` box at byte 4.
HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
)
MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*", b"BM")


def is_picture(data: bytes) -> bool:
    """Do the first bytes say JPEG, PNG, GIF, WebP, TIFF, BMP, HEIC or AVIF?"""
    if data.startswith(MAGIC):
        return True
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return webp or (data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS)


class Downloader:
    """Fetches pictures. Safe to use from several threads."""

    def __init__(self, slack_api_url: str, token: str | None, *, most_bytes: int = MOST_BYTES) -> None:
        """slack_api_url: its scheme, host and port count as Slack's, besides https://*.slack.com."""
        self._slack = _origin(urlsplit(slack_api_url))
        self._token = token
        self._most_bytes = most_bytes

    def picture(self, url: str) -> bytes:
        """The picture at `url`. Raises DownloadFailed, NotAPicture; messages are for the log."""
        deadline = time.monotonic() + MOST_SECONDS
        try:
            with self._open(url, deadline) as response:
                kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
                data = self._read(response, deadline)
        except (
            requests.RequestException,
            HTTPError,
            OSError,
            ValueError,
        ) as error:  # ValueError: no URL at all
            raise DownloadFailed(f"no answer from {_host(url)} ({type(error).__name__}).") from error
        if kind == "text/html" or not is_picture(data):
            raise NotAPicture(f"{_host(url)} sent {kind or 'something'} that is no picture.")
        return data

    def may_send_token(self, url: str) -> bool:
        """Is it one of Slack's own hosts? The avatars' CDN is not."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        ours = parts.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))
        return _origin(parts) == self._slack or (ours and _origin(parts)[2] == DEFAULT_PORTS["https"])

    def _open(self, url: str, deadline: float) -> requests.Response:
        waited = False
        for _ in range(MOST_REDIRECTS + 2):
            response = self._get(url)
            if response.status_code in REDIRECTS and response.headers.get("Location"):
                url = urljoin(url, response.headers["Location"])
            elif response.status_code in {429, 500, 502, 503} and not waited:
                waited = True
                wait = min(retry_after(response.headers), LONGEST_WAIT)
                time.sleep(max(0.0, min(wait, deadline - time.monotonic())))
            elif response.status_code == requests.codes.ok:
                return response
            else:
                response.close()
                raise DownloadFailed(f"{_host(url)} answered with status {response.status_code}.")
            response.close()
        raise DownloadFailed(f"{_host(url)} sends from one address to the next.")

    def _get(self, url: str) -> requests.Response:
        if urlsplit(url).scheme not in DEFAULT_PORTS:
            raise DownloadFailed("only http and https addresses are fetched.")
        request = requests.Request("GET", url, headers={"Accept": "image/*", "Accept-Encoding": "identity"})
        with requests.Session() as session:
            prepared = session.prepare_request(request)
            # Set after preparing, so that nothing (a .netrc, a header kept over a redirect) decides but this
            # line.
            prepared.headers.pop("Authorization", None)
            if self._token and self.may_send_token(url):
                prepared.headers["Authorization"] = f"Bearer {self._token}"
            settings = session.merge_environment_settings(prepared.url, {}, True, None, None)
            return session.send(
                prepared, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, **settings
            )

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and int(announced) > self._most_bytes:
            raise DownloadFailed(f"the picture has {int(announced):,} bytes, more than {self._most_bytes:,}.")
        data = bytearray()
        # read1 returns what has come, so that a server that trickles meets the deadline too.
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            data += chunk
            if len(data) > self._most_bytes:
                raise DownloadFailed(f"the picture has more than {self._most_bytes:,} bytes.")
            if time.monotonic() > deadline:
                raise DownloadFailed(f"the picture took longer than {MOST_SECONDS:.0f} seconds.")
        if announced.isdigit() and len(data) < int(announced):
            raise DownloadFailed("the picture broke off before its end.")
        return bytes(data)


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"
