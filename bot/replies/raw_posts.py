"""The bytes of an upload, sent to the address that Slack gives for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter

from bot.errors import UploadFailed
from bot.slack.client import retry_after

log = logging.getLogger(__name__)

TIMEOUT = (5, 60)  # seconds to connect, and without progress
TRIES = 4
LONGEST_WAIT = 30.0  # seconds of Retry-After that are waited for
CONNECTIONS = 32  # that are kept open: what all replies together send at once
NOT_TAKEN = "Slack did not take the files. Please try again in a while."


class RawPosts:
    """Sends bytes over connections that stay open: the photos of a reply go to one host.

    An address is a ticket of its own: no token and no cookie goes with it, and it leads nowhere else. Safe to
    use from several threads.
    """

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS))

    def post(self, url: str, name: str, data: bytes) -> None:
        """Sends the bytes of the file `name`. Raises UploadFailed.

        The client's retry handlers know nothing of this request, so it has its own patience.
        """
        reason = ""
        for attempt in range(TRIES):
            wait = 2.0**attempt
            try:
                response = self._session.post(
                    url,
                    data=data,
                    headers={"Content-Type": "application/octet-stream"},
                    timeout=TIMEOUT,
                    allow_redirects=False,
                    auth=_no_credentials,
                )
            except (requests.ConnectionError, requests.Timeout) as error:
                reason = type(error).__name__
            else:
                if response.status_code // 100 == 2:
                    return
                reason = f"status {response.status_code}"
                if response.status_code != 429 and response.status_code < 500:
                    break
                wait = min(retry_after(response.headers, wait), LONGEST_WAIT)
            if attempt < TRIES - 1:
                self._sleep(wait)
        log.error("the upload of %s failed: %s", name, reason)
        raise UploadFailed(NOT_TAKEN)


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Takes the place of what a .netrc would add."""
    return request
