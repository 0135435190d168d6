"""The organiser's side: what is indexed, and who may; pure."""

from __future__ import annotations

from bot.words.text import clip, escape, mention

INDEX_USAGE = (
    "*How to index an event* (admins)\n"
    "• `/index-event NAME SOURCE` indexes a folder of photos, or a ZIP archive of them, as an event of this "
    "channel: its members can then search it\n"
    '• put quotes around what has blanks: `/index-event "Crab Week" "photos/crab week"`\n'
    "• the same command again adds what is new, and continues where an interrupted run stopped\n"
    "• `/index-event status` tells what is being indexed; `/index-event cancel NAME` ends it"
)
ADMINS_ONLY = (
    "Only admins can index photos: workspace admins and owners, and the people named in FINDME_ADMINS. "
    "Please ask one "
    "of them."
)
NO_ROOTS = (
    "I may not read any folder yet. Whoever runs me names the folders with photos in FINDME_PHOTO_ROOTS "
    "and starts "
    "me again."
)
OUTSIDE_ROOTS = (
    "That folder or archive is not among those that I may read. Put the photos into one of the folders of "
    "FINDME_PHOTO_ROOTS, or "
    "ask whoever runs me to add theirs."
)
INDEXING_NOTHING = "Nothing is being indexed right now. Start with `/index-event NAME SOURCE`."
INDEX_CANCELLED = (
    "It was cancelled. What was indexed until then is kept: type the same command again to go on."
)
INTERRUPTED = "I was stopped in the middle. Nothing is lost: type the same command again and I continue."


def indexing(slug: str, admin: str) -> str:
    """The first line of the progress message."""
    return f"Indexing *{escape(slug)}* for {mention(admin)}"


def index_started(slug: str, waiting: bool) -> str:
    """The acknowledgement of `/index-event`."""
    if waiting:
        return f"*{escape(slug)}* is next in line: I index one event at a time, and report in this channel."
    return f"Indexing *{escape(slug)}*. I report the progress in this channel."


def index_running(slug: str) -> str:
    """The same event again."""
    return f"*{escape(slug)}* is being indexed already. `/index-event status` tells how far it is."


def index_cancelling(slug: str, *, found: bool) -> str:
    """The answer to `/index-event cancel NAME`."""
    if found:
        return f"I stop indexing *{escape(slug)}*. What is indexed is kept."
    return f"Nothing called *{escape(slug)}* is being indexed in this channel."


def no_such_source(name: str) -> str:
    """Under the roots, but not there."""
    return (
        f"There is no folder or ZIP archive `{escape(clip(name, 200))}` among those that I may read. "
        "Check the spelling; case matters."
    )
