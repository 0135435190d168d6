"""One tree of errors. Each message is a sentence that a person can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.types import IndexReport


class FindMeError(Exception):
    """Something that a person can mend; `str(error)` says what and how."""


class UnreadablePhoto(FindMeError):
    """The bytes are no photo that can be read: corrupt, empty, too large, or another kind of file."""


class NoFaceFound(FindMeError):
    """The photo shows no face that the detector finds."""


class Unfit(FindMeError):
    """This process lacks what the work needs; another one may have it."""


class UnknownRecognizer(Unfit):
    """No recognizer has that name."""


class OwnModelMissing(UnknownRecognizer):
    """An event's faces were embedded by a model of somebody's own, which is not described here."""


class WeightsUnavailable(Unfit):
    """A model's weights cannot be had."""


class SourceUnreachable(FindMeError):
    """The place that photos are read from cannot be reached."""


class SourceAway(SourceUnreachable):
    """The place does not answer just now; time may mend that."""


class NotThere(SourceUnreachable):
    """Nothing has that address."""


class SourceUnfit(SourceUnreachable, Unfit):
    """This process lacks a driver or the credentials for the place; another one may have them."""


class PhotoStoreUnavailable(FindMeError):
    """The place that photos are kept in cannot be read or written."""


class UnknownEvent(FindMeError):
    """No event has that name."""


class EventConflict(FindMeError):
    """The event exists already with another owner, recognizer or source."""


class EventBusy(FindMeError):
    """The event is being indexed by somebody else right now."""


class DatabaseUnavailable(FindMeError):
    """PostgreSQL cannot be reached, or lacks pgvector."""


class ValueRefused(DatabaseUnavailable):
    """PostgreSQL does not take a value, and will not take it later."""


class SpaceMismatch(FindMeError):
    """A probe of one embedding space was compared with a gallery of another."""


class NoPhotos(FindMeError):
    """The source holds nothing to index, or suddenly nothing of what it held before."""


class PhotosMissing(FindMeError):
    """Photos that an event holds cannot be read any more, and nobody has said to go on without them."""


class InvalidEventName(FindMeError):
    """An event cannot be called that."""


class Interrupted(FindMeError):
    """An indexing run was asked to stop; what it finished is stored, and running it again continues."""

    def __init__(self, message: str, report: IndexReport) -> None:
        super().__init__(message)
        self.report = report
