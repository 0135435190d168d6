"""Where a found photo is, and what may be shown of it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from pipeline import images
from pipeline.errors import PhotoStoreUnavailable, SourceUnreachable, UnknownEvent
from pipeline.keeping import EventKeeper, Keeper
from pipeline.ports import PhotoSource
from pipeline.store.photos import Place
from pipeline.types import Match, ShownPhoto

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A photo in its source, and in the photo store where there is one."""

    found: Match | ShownPhoto
    place: Place | None  # None: it has been erased since
    open_source: Callable[[str], PhotoSource]
    keeper: Keeper | None

    def photo(self) -> bytes:
        """As PhotoFinder.photo."""
        place, keeper = self._known()
        kept = None if keeper is None else keeper.photo(place.sha256)
        if kept is not None:
            return kept
        data = self.open_source(place.source).read(self.found.photo)
        if hashlib.sha256(data).digest() != place.sha256:
            raise SourceUnreachable(
                f"{self.found.photo} has changed since event {self.found.event} was indexed; index it again."
            )
        if keeper is not None:
            _keep(lambda: keeper.keep_photo(place.sha256, data))
        return data

    def preview(self) -> bytes:
        """As PhotoFinder.preview."""
        place, keeper = self._known()
        preview = None if keeper is None else keeper.preview(place.sha256)
        if preview is None:
            preview = images.web_jpeg(self.photo(), max_side=images.PREVIEW_SIDE)
            if keeper is not None:
                made = preview
                _keep(lambda: keeper.keep_preview(place.sha256, made))
        return preview

    def _known(self) -> tuple[Place, EventKeeper | None]:
        """Where it is, and what keeps it. Raises UnknownEvent."""
        place, keeper = self.place, self.keeper
        if place is None:
            raise UnknownEvent(
                f"{self.found.photo} of event {self.found.event} has been erased since; search again."
            )
        return place, None if keeper is None else keeper.of_event(place.kept_under, place.source)


def _keep(put: Callable[[], None]) -> None:
    """Keeps what an answer needed; the answer does not fail with it."""
    try:
        put()
    except PhotoStoreUnavailable as error:
        log.warning("a photo that was shown is not kept: %s", error)
