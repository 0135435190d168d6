"""The organiser's side: what is indexed, and what came of it; pure."""

from __future__ import annotations

from bot.words.places import public
from bot.words.text import clip, code, count, escape, mention

INDEX_USAGE = (
    "*How to index an event* (admins)\n"
    "• `/index-event` asks for everything with a form\n"
    "• `/index-event NAME SOURCE` indexes a folder of photos, a ZIP archive of them or an address such as "
    "`s3://bucket/photos`, as an event of this channel: its members can then search it\n"
    "• `/index-event NAME #channel` indexes the photos shared in a channel that we are both in, and new ones "
    "as they come: its members can then search them\n"
    "• upload a ZIP archive, mention me with it and write `index NAME`; or type `/index-event NAME LINK` "
    "with the file's link\n"
    "• the same again adds what is new, drops what is gone, and continues where an interrupted run stopped\n"
    "• `/index-event status` tells what runs, what waits and what has ended\n"
    "• `/index-event cancel NAME` stops a run; what is indexed is kept\n"
    "• `/index-event rename OLD NEW` gives an event another name\n"
    "• `/index-event delete NAME` erases an event, after asking; the photos themselves stay where they are\n"
    '• put quotes around what has blanks, `/index-event "Crab Week" "photos/crab week"`, and around an event '
    "that is called like one of these verbs"
)
ADMINS_ONLY = (
    "Only admins can index photos: workspace admins and owners, and the people named in FINDME_ADMINS. "
    "Please ask one "
    "of them."
)
ADMIN_NOT_KNOWN = (
    "Slack did not tell me whether you are an admin, so I did nothing. Try again in a minute; if it stays "
    "so, whoever runs me finds out more with `findme doctor`."
)
NOT_AN_ARCHIVE = "That file is no ZIP archive. Upload the photos as a ZIP, and index that."
ARCHIVE_NOT_THERE = (
    "I can't open that file: either it is not there, or it is not shared in this channel. Share it here, "
    "then ask again."
)
JOIN_CHANNEL_FIRST = "Only members of that channel may index its photos. Join it, then ask again."
INDEX_BETWEEN_PEOPLE = (
    "I am not in this conversation, so elsewhere I could not tell who may search its event. Type that in the "
    "channel that the event is for, or in a direct message to me to try it alone."
)
UPLOAD_USAGE = (
    "To index that archive, mention me with it and write `index NAME`, such as `index crab-week`. "
    "Searching takes a photo, not an archive."
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
OUTSIDE_ADDRESSES = (
    "That address is not among those that I may read. Whoever runs me can add the beginning of it to "
    "FINDME_PHOTO_URLS."
)
INDEX_CANCELLED = (
    "It was cancelled. What was indexed until then is kept: type the same command again to go on."
)
INDEX_DELETED = "The event was deleted in the middle, with all that was indexed until then."
INTERRUPTED = "I was stopped in the middle. Nothing is lost: type the same command again and I continue."
LIST_NOT_UPLOADED = (
    "I could not upload the full list of the photos that failed. Index the event again to get it."
)
ANY_REMEDY = "Copy it again, or convert it to JPEG, and index the event again."

NO_WORKER = (
    "Nobody works on it: no worker is running. Whoever runs me has to start `findme worker`; then it goes on "
    "by itself, and nothing is lost."
)
NO_WORKER_MEANWHILE = (
    "No worker is at it just now: it rests before its next try, or none is running, and whoever runs me has "
    "to start `findme worker`."
)


def indexing(slug: str, admin: str) -> str:
    """The first line of the progress message."""
    return f"Indexing *{escape(slug)}* for {mention(admin)}"


def index_started(slug: str, waiting: bool, channel: str, *, elsewhere: bool) -> str:
    """The acknowledgement of `/index-event`, while nobody knows yet whether the channel takes the report.

    channel: whose event it is. elsewhere: it is not the one that the asker is in.
    """
    where = _there(channel) + (", whose event it is" if elsewhere else "")
    if not _is_direct(channel):
        where += ", or to you by DM if I may not post there"
    if waiting:
        return f"*{escape(slug)}* is next in line: I index one event at a time, and report {where}."
    return f"Indexing *{escape(slug)}*. I report the progress {where}."


def channel_unreadable(bot: str | None) -> str:
    """The same for a channel that is not there, and one that the asker or the bot is not in."""
    name = mention(bot) if bot else "@findme"
    return (
        f"I can't read that channel: either it is not there, or I am not in it. Type /invite {name} there, "
        "then ask again."
    )


def fetching(come: int, size: int) -> str:
    """An archive on its way from Slack, in bytes."""
    return f"fetching the archive, {come * 100 // max(1, size)} % of {size / 1e6:,.0f} MB"


def index_running(slug: str) -> str:
    """The same event again."""
    return f"*{escape(slug)}* is being indexed already. `/index-event status` tells how far it is."


def name_taken(slug: str) -> str:
    """Another channel's event or run has the name, which says nothing about it."""
    return f"The name {escape(slug)} is taken or may not be used here. Choose another name."


def other_source(slug: str) -> str:
    """The event is there, with photos from elsewhere."""
    return (
        f"*{escape(slug)}* has the photos of another source, and an event has only one. Choose another name; "
        f"or, to replace it, type `/index-event delete {escape(slug)}` first."
    )


def no_such_source(name: str) -> str:
    """Under the roots, but not there."""
    return (
        f"There is no folder or ZIP archive {code(name)} among those that I may read. "
        "Check the spelling; case matters."
    )


def nothing_indexed(slug: str) -> str:
    """Above the reasons, where no photo of the source could be indexed."""
    return f"*{escape(slug)}* holds no photos: nothing could be indexed."


def try_it(slug: str, channel: str) -> str:
    """What to do next. channel: whose event it is."""
    whom = f"`/findme` {_there(channel)} to find yourself, or `/findme @someone in {escape(slug)}`"
    return f"Try it: type {whom}."


def _there(channel: str) -> str:
    """In a channel, by its name: this may be read somewhere else. A direct message is read in itself."""
    return "here" if _is_direct(channel) else f"in <#{channel}>"


def _is_direct(channel: str) -> bool:
    return channel.startswith("D")


def failed_photos(number: int) -> str:
    """Above the reasons."""
    return f"{count(number, 'photo')} could not be indexed:"


def more_reasons(reasons: int, photos: int) -> str:
    """Below the most frequent ones."""
    return f"and {count(photos, 'photo')} for {count(reasons, 'other reason')}"


def whole_list(number: int) -> str:
    """Points to the file in the thread."""
    return f"The full list of the {number:,} is in the thread."


def duration(seconds: float) -> str:
    """`12 s`, `5 min`, `2 h 10 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def waiting_for(trouble: str) -> str:
    """Below the progress of a run that something keeps from going on; its first sentence says what."""
    what = clip(trouble.partition(". ")[0].removesuffix("."), 200)
    return f"I wait, try again by myself, and go on as soon as that works: {public(what)}."


def looking_through(place: str) -> str:
    """While a source is listed. place: what people call it, such as channel."""
    return f"looking through the {place}"


def waits_behind(slug: str | None) -> str:
    """Below the progress of a run that another one comes before. slug: None where it is not to be named."""
    return f"It waits for {f'*{escape(slug)}*' if slug else 'another event'}, whose photos come first."


def pace(speed: float | None, left: float | None) -> str:
    """`11.2 photos/s, about 4 min left`; "" where it is not known."""
    if speed is None:
        return ""
    told = f"{speed:,.0f} photos/s" if speed >= 20 else f"{speed:.1f} photos/s"
    return told if left is None else f"{told}, about {duration(left)} left"
