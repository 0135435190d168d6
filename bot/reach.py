"""What `/index-event` may read: what lies under FINDME_PHOTO_ROOTS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot import policy, words
from bot.errors import Refused
from pipeline.ports import PhotoSource


def guarded(
    open_source: Callable[[str], PhotoSource], roots: tuple[Path, ...]
) -> Callable[[str], PhotoSource]:
    """Opens sources that still are where they may be read: a link may have taken the place of one meanwhile.

    Raises Refused otherwise.
    """

    def open_checked(uri: str) -> PhotoSource:
        source = open_source(uri)
        for path in (uri, source.uri):
            if policy.allowed_source(path, roots) != Path(uri):
                raise Refused(words.OUTSIDE_ROOTS)
        return source

    return open_checked


def readable_source(name: str, roots: tuple[Path, ...]) -> Path:
    """The folder or archive that may be read under that name. Raises Refused, saying nothing about what
    lies elsewhere."""
    if not roots:
        raise Refused(words.NO_ROOTS)
    source = policy.allowed_source(name, roots)
    if source is None:
        raise Refused(words.OUTSIDE_ROOTS)
    if not policy.is_source(source):
        raise Refused(words.no_such_source(name))
    return source
