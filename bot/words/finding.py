"""Whom to look for, in which event, and what was found; pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.words.text import clip, count, escape, listed, mention

FIND_USAGE = (
    "*How to find photos*\n"
    "• `/findme` finds you, by your profile picture\n"
    "• `/findme @someone` finds somebody else: type `@` and pick the name from the list\n"
    "• `/findme @someone in EVENT` searches a certain event; without it, this channel's or the newest one\n"
    "• mention me with a photo, or send me one in a direct message, to search with that photo instead\n"
    "• `/findme help` shows this"
)
PHOTO_USAGE = (
    "Mention me *with a photo* and I search with the most prominent face in it; add `in EVENT` to search a "
    "certain event. To search by profile picture, mention me with one *person*, or with the words `find me`; "
    "or type `/findme` or `/findme @someone`."
)
CHAT_USAGE = (
    "Hello! Send me a *photo* here and I search the event's photos for the most prominent face in it. "
    "Or write `find me`, or `find me in EVENT`, and I search by your profile picture.\n\n" + FIND_USAGE
)
MENTION_HOW = (
    "Type `@`, then the name, and *pick the person from the list* that Slack shows: only then do I know "
    "whom you "
    "mean. A name typed as plain text could be anybody."
)
ONE_AT_A_TIME = "I look for one person at a time: please mention one, then the next."
NO_EVENT = (
    "There are no event photos for you to search yet. An admin can index some: type `/index-event NAME "
    "FOLDER` in "
    "the event's channel."
)
NOT_FOR_GUESTS = (
    "These event photos are for the members of this workspace. As a guest you can search the events of "
    "channels "
    "that you are in: type `/findme` there."
)
READERS_UNKNOWN = (
    "Slack does not tell me right now who can read this conversation, so I show no photos here. Type "
    "`/findme`, or send me the photo in a direct message."
)
SIMILAR_GONE = "I can't show those shots here any more. Type `/findme` to search again."


def looking(user: str, asker: str, event: str | None) -> str:
    """The acknowledgement of `/findme`."""
    whom = "you" if user == asker else mention(user)
    return f"Looking for {whom}{_in_event(event)}…"


def _in_event(event: str | None) -> str:
    if event is None:
        return ""
    is_channel = event[:1] in {"C", "G"} and event.isalnum() and event.isupper()
    return f" in <#{event}>" if is_channel else f" in {escape(clip(event, 80))}"


def usage(detail: str) -> str:
    """What to type instead of words that were not understood."""
    hint = f"I don't understand “{escape(clip(detail, 100))}”. " if detail else ""
    event = (
        f"To search an event, write `in` before its name: `/findme in {escape(detail)}`.\n"
        if _is_name(detail)
        else ""
    )
    return f"{hint}{event}{FIND_USAGE}"


def _is_name(detail: str) -> bool:
    return 0 < len(detail) <= 60 and " " not in detail and "`" not in detail


def missing_event_name(names: Sequence[str]) -> str:
    """After `in` there is nothing."""
    return f"Which event? Write its name after `in`. {_there_is(names)}"


def unknown_event(name: str, names: Sequence[str]) -> str:
    """The same for an event that is not there and for one that the asker may not see."""
    return f"There is no event called “{escape(clip(name, 80))}” that you can search. {_there_is(names)}"


def several_events(name: str, names: Sequence[str]) -> str:
    """What was typed nearly names more than one event."""
    return (
        f"“{escape(clip(name, 80))}” could mean several events: {listed(names)}. "
        "Please write the name just as it stands here."
    )


def _there_is(names: Sequence[str]) -> str:
    return f"There is: {listed(names)}." if names else NO_EVENT


def not_complete(event: str, *, running: bool, of_command_line: bool) -> str:
    """The event lacks photos that its source holds. running: they are on their way."""
    if running:
        return f"*{escape(event)}* is not indexed completely yet, so photos may be missing."
    how = "whoever runs me can go on with `findme index`"
    if not of_command_line:
        how = "an admin can go on with `/index-event`"
    return f"*{escape(event)}* is not indexed completely, so photos may be missing: {how}."


def no_match(whom: str, event: str, photos: int, *, own: bool, by_photo: bool) -> str:
    """Nobody like that in the event; what to try."""
    better = (
        "a photo where the face is larger, sharper and looks towards the camera"
        if by_photo
        else "a photo instead of the profile picture: mention me with one, or send it to me by DM"
    )
    of = "you" if own else whom
    return (
        f"I found no photo of {of} among the {count(photos, 'photo')} of *{escape(event)}*. "
        f"What you can try: {better}; or another event, with `in EVENT`."
    )


def found(whom: str, event: str, strong: int, possible: int, shown: int, *, own: bool) -> str:
    """`Found Grace in 7 photos of crab-week — 6 strong, 1 possible.`"""
    total = strong + possible
    parts = [f"{number:,} {word}" for number, word in ((strong, "strong"), (possible, "possible")) if number]
    who = f"{whom}, you are" if own else f"Found {whom}"
    sentence = f"{who} in {count(total, 'photo')} of *{escape(event)}* — {', '.join(parts)}."
    if not strong:
        sentence += " No match is sure: it may be somebody else."
    if shown < total:
        best = (
            f"The best {shown:,} of {total:,} are below."
            if shown > 1
            else f"The best one of {total:,} is below."
        )
        sentence += f" {best}"
    return sentence


def title(rank: int, total: int, strong: bool, confidence: float, similar: int = 0) -> str:
    """`1 of 7 · strong match, 98 % sure · +4 similar`."""
    more = f" · +{similar:,} similar" if similar else ""
    return (
        f"{rank} of {total} · {'strong' if strong else 'possible'} match, {percent(confidence)} % sure{more}"
    )


def similar_left_out(names: Sequence[str]) -> str:
    """Further shots of moments that are shown."""
    if len(names) == 1:
        return f"Left out, because it shows nearly the same as one of these: {listed(names)}."
    return f"Left out, because they show nearly the same as one of these: {listed(names)}."


def show_similar(number: int) -> str:
    """The button that brings them."""
    return f"Show {count(number, 'similar shot')}"


def similar_shots(number: int, asker: str) -> str:
    """Above them, in the thread."""
    return f"{count(number, 'more shot')} of the moments above, asked for by {mention(asker)}."


def percent(confidence: float) -> int:
    """Whole percent; 100 would promise too much."""
    return max(1, min(99, round(confidence * 100)))


def alt(name: str, event: str, rank: int, total: int) -> str:
    """What a screen reader says of a photo."""
    return clip(f"Photo {name} of event {event}, match {rank} of {total}", 1000)


def gone(names: Sequence[str]) -> str:
    """Photos that are no longer where they were indexed."""
    what = "photo is" if len(names) == 1 else "photos are"
    return f"{len(names)} matching {what} no longer where I indexed them, so I left out {listed(names)}."


def all_gone(event: str) -> str:
    """Every match is gone from its source."""
    return (
        f"I found matching photos in *{escape(event)}*, but none of them is where I indexed it any more. "
        "Ask an admin to run `/index-event` again."
    )


def asked_by(asker: str) -> str:
    """Under a parent message."""
    return (
        f"Asked by {mention(asker)} · best match first · similar faces do get mixed up, so look for yourself"
    )
