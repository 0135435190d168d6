"""What `/index-event` may read: folders under FINDME_PHOTO_ROOTS, addresses that FINDME_PHOTO_URLS begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bot import policy, words
from bot.errors import NotReadableHere, Refused
from bot.settings import Settings
from bot.slack.addresses import is_slack
from pipeline.errors import SourceUnreachable
from pipeline.ports import PhotoSource
from pipeline.sources.address import is_url, parse_address, within

MOST_LISTED = 100  # what a menu of Slack's takes
MOST_LOOKED_AT = 2000  # entries of one folder
DEPTH = 2  # folders below a root


@dataclass(frozen=True, slots=True)
class Reach:
    """Where photos may be read from at the request of somebody in Slack."""

    roots: tuple[Path, ...] = ()  # folders in which subfolders and archives may be indexed
    addresses: tuple[str, ...] = ()  # beginnings of addresses

    @classmethod
    def of(cls, settings: Settings) -> Reach:
        """What the operator allows."""
        return cls(settings.photo_roots, settings.photo_urls)


def guarded(open_source: Callable[[str], PhotoSource], reach: Reach) -> Callable[[str], PhotoSource]:
    """Opens sources that still are where they may be read: a link may have taken the place of one meanwhile.

    Raises NotReadableHere otherwise: whoever was asked could read it, so settings differ, or have changed.
    """

    def open_checked(uri: str) -> PhotoSource:
        if is_slack(uri):  # only a channel's members can have asked for it
            return open_source(uri)
        if is_url(uri):
            try:
                _check_address(uri, reach)
            except Refused as error:
                raise NotReadableHere(str(error)) from None
            return open_source(uri)
        source = open_source(uri)
        for path in (uri, source.uri):
            if policy.allowed_source(path, reach.roots) != Path(uri):
                raise NotReadableHere(words.OUTSIDE_ROOTS)
        return source

    return open_checked


def readable_source(name: str, reach: Reach) -> str:
    """The folder, archive or address that may be read under that name. Raises Refused, saying nothing about
    what lies elsewhere."""
    if is_url(name):
        return _check_address(name, reach)
    if not reach.roots:
        raise Refused(words.NO_ROOTS)
    source = policy.allowed_source(name, reach.roots)
    if source is None:
        raise Refused(words.OUTSIDE_ROOTS)
    if not policy.is_source(source):
        raise Refused(words.no_such_source(name))
    return str(source)


def listed_sources(reach: Reach) -> list[tuple[str, str]]:
    """The folders and archives just below the roots, the latest changed first: (title, path)."""
    found: dict[Path, str] = {}
    for root in reach.roots:
        for path in _below(root, DEPTH):
            allowed = policy.allowed_source(str(path), reach.roots)
            if allowed is not None and policy.is_source(allowed):
                found.setdefault(allowed, str(path.relative_to(root)))
    latest = sorted(found, key=_changed, reverse=True)[:MOST_LISTED]
    return [(found[path], str(path)) for path in latest]


def _below(folder: Path, depth: int) -> list[Path]:
    try:
        inside = [path for path in islice(folder.iterdir(), MOST_LOOKED_AT) if path.name[:1] != "."]
    except OSError:  # what cannot be listed is not there to choose from
        return []
    here = [path for path in inside if policy.is_source(path)]
    deeper = [below for path in here if depth > 1 and path.is_dir() for below in _below(path, depth - 1)]
    return [*here, *deeper]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _check_address(text: str, reach: Reach) -> str:
    try:
        address = parse_address(text)
    except SourceUnreachable as error:
        raise Refused(words.escape(str(error))) from None
    if not within(address, [parse_address(beginning) for beginning in reach.addresses]):
        raise Refused(words.OUTSIDE_ADDRESSES)
    return address.url
