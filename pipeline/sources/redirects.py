"""Where a web server may send on whoever reads from it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

import requests

from pipeline.errors import SourceUnfit, SourceUnreachable
from pipeline.sources.address import Address, parse_address, within

MOST_HOPS = 5


def next_hop(url: str, location: str, bounds: Sequence[Address]) -> str:
    """The address to which a redirect from `url` leads.

    bounds: beginnings of addresses that must not be left; without any, it may lead anywhere, but never from
    https to http. Raises SourceUnfit where it is not followed: the place has not changed what it holds.
    """
    try:
        target = str(requests.Request("GET", urljoin(url, location)).prepare().url)
        address = parse_address(target.partition("#")[0].partition("?")[0])  # links may hold short-lived keys
    except (requests.RequestException, ValueError, SourceUnreachable) as error:
        raise SourceUnfit(
            f"{_host(url)} leads to an address that is not followed. Check the link."
        ) from error
    if not address.is_web or (url.startswith("https:") and address.scheme != "https"):
        raise SourceUnfit(
            f"{_host(url)} leads to an address without https. Name where the archive is itself."
        )
    if bounds and not within(address, bounds):
        raise SourceUnfit(
            f"{_host(url)} leads to {_host(target)}, which is not where photos may be read from. Name the "
            "archive's own address, or let FINDME_PHOTO_URLS name both."
        )
    return target


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
