"""Every sentence that the bot says, in Slack's markup; pure."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMES = 10  # events or photos that a sentence lists

FIND_USAGE = (
    "*How to find photos*\n"
    "• `/findme` finds you, by your profile picture\n"
    "• `/findme @someone` finds somebody else: type `@` and pick the name from the list\n"
    "• `/findme @someone in EVENT` searches a certain event; without it, this channel's or the newest one\n"
    "• mention me with a photo, or send me one in a direct message, to search with that photo instead\n"
    "• `/findme help` shows this"
)
INDEX_USAGE = (
    "*How to index an event* (admins)\n"
    "• `/index-event NAME SOURCE` indexes a folder of photos, or a ZIP archive of them, as an event of this "
    "channel: its members can then search it\n"
    '• put quotes around what has blanks: `/index-event "Crab Week" "photos/crab week"`\n'
    "• the same command again adds what is new, and continues where an interrupted run stopped\n"
    "• `/index-event status` tells what is being indexed; `/index-event cancel NAME` ends it"
)
PHOTO_USAGE = (
    "Mention me *with a photo* and I search with the most prominent face in it; add `in EVENT` to search a "
    "certain "
    "event. To search by profile picture, type `/findme` or `/findme @someone`."
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
ONE_MOMENT = "One moment…"
BUSY = "I have my hands full right now. Please try again in a minute."
BROKEN = (
    "Something went wrong on my side and I could not finish. It is in my log; please try again in a while."
)
SLACK_SILENT = "Slack did not answer me in time. Please try again in a minute."
RESTARTING = "I am being restarted. Please try again in a minute."
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
NOT_A_PHOTO = "That is no photo. Send me a JPEG, PNG, WebP, GIF, TIFF or HEIC picture that shows a face."
PHOTO_NOT_FETCHED = (
    "I could not fetch that photo from Slack. Please upload it again, in a message that mentions me."
)
PHOTO_NOT_READABLE = (
    "I could not open that photo: what Slack sent me is no picture. If other photos fail as well, ask an "
    "admin to "
    "reinstall me, so that I may read files (`files:read`)."
)
PHOTO_DELETED = "That photo has been deleted from Slack. Please upload it again."
PHOTO_HIDDEN = (
    "Slack hides that photo because the workspace is over its storage limit. Please upload it again."
)
PHOTO_EXTERNAL = "That photo is kept outside Slack, where I don't fetch it. Please upload the photo itself."
PHOTO_DENIED = "Slack does not let me open that photo. Please upload it again, in a message that mentions me."
NO_FACE_IN_PHOTO = (
    "I see no face in that photo. Send one where the face is large, well lit and looks towards the camera."
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


def escape(text: str) -> str:
    """Text from files or people, with Slack's three control characters made harmless."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(text: str, longest: int) -> str:
    """The text, cut to `longest` characters with an ellipsis; never in the middle of an escaped character."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    start = cut.rfind("&")
    if start > len(cut) - len("&amp;") and ";" not in cut[start:]:
        cut = cut[:start]
    return cut + "…"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 photo`, `1,234 photos`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def mention(user: str) -> str:
    """Slack shows it as the person's name."""
    return f"<@{user}>"


def listed(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    shown = ", ".join(f"`{escape(name)}`" for name in names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown


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


def person_not_found(user: str) -> str:
    """Slack knows nobody with that id."""
    return f"Slack knows nobody by the id `{escape(user)}` here. {MENTION_HOW}"


def person_gone(user: str) -> str:
    """A deactivated account."""
    return (
        f"{mention(user)} has left this workspace, so I have no profile picture to search with. "
        "You can still search with a photo: mention me with one."
    )


def person_is_bot(user: str) -> str:
    """Bots have no face."""
    return f"{mention(user)} is a bot, and bots don't show up in photos. Mention a person instead."


def no_avatar(user: str, *, own: bool, photos_allowed: bool = True) -> str:
    """A person without a profile picture."""
    return _without_picture(user, "no profile picture to search with", own, photos_allowed)


def avatar_unavailable(user: str, *, own: bool, photos_allowed: bool = True) -> str:
    """A profile picture that cannot be fetched or read."""
    return _without_picture(user, "a profile picture that I could not load", own, photos_allowed)


def _without_picture(user: str, has: str, own: bool, photos_allowed: bool) -> str:
    who = "Your account" if own else mention(user)
    return f"{who} has {has}. {_photo_instead(own, photos_allowed)}"


def no_face(user: str, *, own: bool, photos_allowed: bool = True) -> str:
    """A profile picture of a cartoon, a pet, a landscape."""
    whose = "your profile picture" if own else f"the profile picture of {mention(user)}"
    return f"I see no face in {whose}. {_photo_instead(own, photos_allowed)}"


def _photo_instead(own: bool, photos_allowed: bool = True) -> str:
    profile = "Set a profile picture that shows your face, and try again. " if own else ""
    if not photos_allowed:
        return profile.strip()
    whose = "your" if own else "their"
    return (
        f"{profile}To search with a photo {'instead' if not own else 'right away'}, mention me with one "
        "that shows " + (f"{whose} face, or send it to me in a direct message.")
    )


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
    if shown < total:
        best = (
            f"The best {shown:,} of {total:,} are below."
            if shown > 1
            else f"The best one of {total:,} is below."
        )
        sentence += f" {best}"
    return sentence


def title(rank: int, total: int, strong: bool, confidence: float) -> str:
    """`1 of 7 · strong match, 98 % sure`."""
    return f"{rank} of {total} · {'strong' if strong else 'possible'} match, {percent(confidence)} % sure"


def percent(confidence: float) -> int:
    """Whole percent; 100 would promise too much."""
    return max(1, min(99, round(confidence * 100)))


def alt(name: str, event: str, rank: int, total: int) -> str:
    """What a screen reader says of a photo."""
    return clip(f"Photo {name} of event {event}, match {rank} of {total}", 1000)


def several_faces(number: int, *, own: bool, by_photo: bool) -> str:
    """Which of the probe's faces was used."""
    where = "Your photo" if by_photo else "Your profile picture" if own else "The profile picture"
    return f"{where} shows {number} faces: I searched with the most prominent one."


def further_photos(number: int) -> str:
    """The message had more photos than the one that was used."""
    return (
        f"I searched with the first photo and left out {count(number, 'other', 'others')}: send them one "
        "at a time."
    )


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


def sent_by_dm(code: str, direct: bool, bot: str | None) -> str:
    """The bot could not post where the person asked."""
    name = mention(bot) if bot else "@findme"
    if direct:
        return "I can't post in a conversation between people, so the answer is sent to you by DM."
    if code == "is_archived":
        return "This channel is archived, so the answer is sent to you by DM."
    if code.startswith("restricted") or code in {"posting_to_channel_denied", "no_permission"}:
        return "I am not allowed to post in this channel, so the answer is sent to you by DM."
    return (
        f"I am not in this conversation, so the answer is sent to you by DM. Type /invite {name} to have "
        "me answer here."
    )


def sent_by_dm_for_privacy(event: str) -> str:
    """The event's photos may not be shown where the person asked."""
    return (
        f"The answer is sent to you by DM: the photos of *{escape(event)}* may not be for everybody in this "
        "conversation."
    )


def nowhere(code: str, bot: str | None, *, between_people: bool) -> str:
    """Neither here nor by DM. between_people: in a conversation that apps cannot be invited to."""
    name = mention(bot) if bot else "@findme"
    remedy = "Open" if between_people else f"Type /invite {name} here and ask again, or open"
    return (
        f"I found photos, but Slack lets me post neither here nor in a DM (`{escape(code or 'no answer')}`). "
        f"{remedy} a DM with me and type `/findme` there."
    )


def slack_refused(code: str) -> str:
    """Slack said no to something that the bot needs."""
    known = {
        "missing_scope": "I lack a permission in this workspace. An admin can mend that by reinstalling me.",
        "ratelimited": "Slack asks me to slow down. Please try again in a minute.",
        "file_uploads_disabled": "File uploads are switched off in this workspace, so I can't show photos.",
        "file_type_not_allowed": "This workspace does not allow image files, so I can't show photos.",
        "storage_limit_reached": "This workspace's file storage is full, so I can't show photos.",
        "file_upload_size_restricted": "This workspace does not allow files of that size.",
    }
    revoked = {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}
    if code in revoked:
        return "Slack no longer accepts my token. An admin has to reinstall me."
    reason = escape(clip(code, 80)) or "no reason given"
    return known.get(code) or f"Slack refused what I need (`{reason}`). Please try again later."


def upload_failed(reason: str, names: Sequence[str]) -> str:
    """The parent stands, the photos could not follow."""
    return f"I could not upload the photos. {reason}\nTheir names, best first: {listed(names)}."


def upload_incomplete(names: Sequence[str]) -> str:
    """Some of the photos are there, others Slack did not take."""
    what = "photo" if len(names) == 1 else "photos"
    return (
        f"Slack did not take {len(names)} matching {what}: {listed(names)}. Ask again in a while to see more."
    )


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
