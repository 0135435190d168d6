"""What may be indexed as what: the checks before an event is brought up to date, and its row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import EventConflict, InvalidEventName, NoPhotos
from pipeline.store import Connection, events, spaces
from pipeline.types import Event, EventKey

if TYPE_CHECKING:
    from pipeline.recognizers import Recognizer

_LONGEST_NAME = 100
_NO_BEGINNING = "-@#"
_QUOTES = frozenset('"`“”„«»')
_NAMES = (
    f"An event's name has 1 to {_LONGEST_NAME} characters on one line, at least one letter or digit, no "
    "quotation marks, and none of - @ # at its beginning, so that people can type it: such as crab-week."
)
# In bytes; an entry of PostgreSQL's index holds 2704.
_LONGEST_PHOTO_NAME = 2000


UNSTORABLE = "Its name is too long or no proper text. Rename it."
DOUBLE = "Another file of the source goes by the same name. Rename one of them."


def readable(name: str) -> str:
    """A name that the database does not take, as text that it takes."""
    text = name.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    return text[:_LONGEST_PHOTO_NAME]


def storable(name: str) -> bool:
    """Whether the database takes a photo's name."""
    try:
        return "\0" not in name and len(name.encode()) <= _LONGEST_PHOTO_NAME
    except UnicodeEncodeError:
        return False


def check_name(slug: str) -> None:
    """Whether the database may hold an event of that name. Raises InvalidEventName."""
    if not slug or slug != slug.strip() or not slug.isprintable() or len(slug) > _LONGEST_NAME:
        raise InvalidEventName(_NAMES)


def check_new_name(slug: str) -> None:
    """Whether an event may get that name: people must be able to type it. Raises InvalidEventName.

    Commands take a dash at the beginning for an option, Slack turns @ and # into people and channels, and
    emoji into words; what is quoted may hold no quotation marks.
    """
    check_name(slug)
    if slug[0] in _NO_BEGINNING or _QUOTES & set(slug) or not any(map(str.isalnum, slug)):
        raise InvalidEventName(_NAMES)


def check_free(connection: Connection, key: EventKey, *, own: int | None = None) -> None:
    """Raises EventConflict when the name is another event's than `own` (a row), or another channel's."""
    for event in events.namesakes(connection, key):
        if event.id != own:
            raise taken(key)


def taken(key: EventKey) -> EventConflict:
    """Does not confirm the other event: it may belong to a channel that the asker is not in."""
    return EventConflict(f"The name {key.slug} is taken or may not be used here. Choose another name.")


def existing(connection: Connection, key: EventKey, uri: str, recognizer: str | None) -> Event | None:
    """The event to bring up to date, or None when it is new. Raises EventConflict, InvalidEventName."""
    for event in events.namesakes(connection, key):
        if (event.key.team, event.key.channel) != (key.team, key.channel):
            raise taken(key)
        if event.source != uri:
            raise EventConflict(
                f"Event {event.key.slug} was indexed from {event.source}. Choose another name, or erase that "
                "event first."
            )
        if recognizer is not None and recognizer != event.recognizer:
            raise EventConflict(
                f"Event {event.key.slug} was indexed with {event.recognizer}. To move it to {recognizer}, "
                f"run `findme reindex {event.key.slug} --recognizer {recognizer}`."
            )
        return event
    check_new_name(key.slug)
    return None


def check_space(event: Event | None, recognizer: Recognizer) -> None:
    """Raises EventConflict when the recognizer's vectors are none of the event's."""
    if event is not None and event.space != recognizer.space:
        raise EventConflict(
            f"Event {event.key.slug} was indexed with {event.space}; this version has {recognizer.space}. "
            f"Run `findme reindex {event.key.slug}` first, then index it again."
        )


def check_total(total: int, event: Event | None, uri: str) -> None:
    """Raises NoPhotos when the source has none."""
    if total:
        return
    if event is None or not event.photos:
        raise NoPhotos(f"{uri} holds no photos. Name a place with JPEG, PNG, WebP, TIFF or HEIC files.")
    raise NoPhotos(
        f"{uri} holds no photos any more, but event {event.key.slug} has {event.photos} from there. Is the "
        "disk there? If they are gone for good, erase the event."
    )


def event_row(
    connection: Connection, key: EventKey, event: Event | None, uri: str, recognizer: Recognizer
) -> tuple[int, int]:
    """The rows of the event and of its space, made when they are new."""
    with connection.transaction():
        space_id = spaces.ensure(
            connection, recognizer.space, recognizer.name, recognizer.dimensions, recognizer.weights
        )
        event_id = events.add(connection, key, uri, space_id) if event is None else event.id
        events.mark_begun(connection, event_id)
    return event_id, space_id
