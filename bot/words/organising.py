"""The verbs and the form of `/index-event`, and what they are answered with; pure."""

from __future__ import annotations

from datetime import datetime

from bot.words.text import clip, count, escape

VERB_USAGE = {
    "status": "`status` stands alone: `/index-event status`.",
    "cancel": "Which run? Type `/index-event cancel NAME`.",
    "delete": "Which event? Type `/index-event delete NAME`.",
    "rename": "Type `/index-event rename OLD NEW`.",
}
VERB_QUOTES = (
    'Put quotes around a name with blanks: `"Crab Week"`. An event that is to be called `{verb}` goes in '
    'quotes, too: `/index-event "{verb}" SOURCE`.'
)
INDEXING_NOTHING = "Nothing is being indexed, and nothing has been. Start with `/index-event NAME SOURCE`."
FORM_NAME = "Give it a name with letters or digits, such as crab-week."
FORM_SOURCE = {
    "folder": "Choose a folder or an archive, or type its path.",
    "channel": "Choose the channel with the photos.",
    "upload": "Choose a ZIP archive.",
    "address": "Type the address of the photos, such as https://example.com/party.zip.",
}
FORM_PATH = "As seen from one of the folders of FINDME_PHOTO_ROOTS, for example offsite/2026."
FORM_CLOSED = "Slack did not open the form in time. Type the command again, or with everything in it:"
IN_LINE = "waiting, or looking through its source"
NOT_BEGUN = "not begun"
CONTINUE = "The same command again continues."
OF_THE_COMMAND_LINE = (
    "That event was indexed on the command line. Whoever runs me changes it there: `findme forget` erases it."
)


def verb_usage(verb: str) -> str:
    """A verb with too few or too many names."""
    return f"{VERB_USAGE[verb]} {VERB_QUOTES.format(verb=verb)}"


def meant(command: str) -> str:
    """A verb was nearly typed."""
    return f"Did you mean `/index-event {escape(clip(command, 100))}`?"


def index_cancelling(slug: str, *, found: bool) -> str:
    """The answer to `/index-event cancel NAME`."""
    if found:
        return f"I stop indexing *{escape(slug)}*. What is indexed is kept."
    return f"Nothing called *{escape(clip(slug, 80))}* is being indexed. `/index-event status` tells what is."


def no_such_event(name: str) -> str:
    """The same for an event that is not there and for one that the asker may not see."""
    return (
        f"There is no event called “{escape(clip(name, 80))}” in a channel that you are in. "
        "`/index-event status` lists them."
    )


def renamed(old: str, new: str) -> str:
    """The answer to `/index-event rename OLD NEW`."""
    return f"*{escape(old)}* is now called *{escape(new)}*."


def rename_later(name: str) -> str:
    """A run goes by the old name."""
    return (
        f"*{escape(name)}* is being indexed. Rename it when that is done, or stop it first: "
        f"`/index-event cancel {escape(name)}`."
    )


def renamed_already(name: str) -> str:
    """OLD and NEW are the same."""
    return f"The event is called *{escape(name)}* already."


def ask_to_delete(slug: str, photos: int, faces: int, source: str, *, running: bool) -> str:
    """The question before an event is erased. source: in Slack's markup; "" = there is none yet."""
    run = " It is being indexed right now; that stops first." if running else ""
    where = f", in {source}" if source else ""
    return (
        f"Delete *{escape(slug)}*, with {count(photos, 'photo')} and {count(faces, 'face')}?{run} Nobody can "
        f"search it afterwards. The photos themselves stay where they are{where}."
    )


def kept(slug: str) -> str:
    """After the question was answered with no."""
    return f"*{escape(slug)}* stays as it is."


def deleting(slug: str) -> str:
    """After the question was answered with yes."""
    return f"Deleting *{escape(slug)}*…"


def deleted(slug: str, photos: int, faces: int, files: int) -> str:
    """What went: rows of photos and faces, and the files of the photo store."""
    return (
        f"*{escape(slug)}* is deleted: {count(photos, 'photo')} and {count(faces, 'face')} went from the "
        f"database, and {count(files, 'file')} (previews, kept photos) from the photo store. Its source was "
        "not touched."
    )


def still_busy(slug: str) -> str:
    """A run that does not end, or one of the command line."""
    return f"*{escape(slug)}* is still in use, so I deleted nothing. Please try again in a minute."


def earlier_events(number: int) -> str:
    """Below the latest ones."""
    return f"and {count(number, 'earlier event')}"


def place(channel: str) -> str:
    """A conversation, as Slack shows its name; a direct one has none."""
    return "a direct message with me" if channel.startswith("D") else f"<#{channel}>"


def moment(at: datetime) -> str:
    """A time, which Slack shows in the reader's own zone."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}}, {{time}}|{at:%Y-%m-%d %H:%M} UTC>"
