"""Profile pictures and photos to search with, and what is wrong with them; pure."""

from __future__ import annotations

from bot.words.finding import MENTION_HOW
from bot.words.text import count, escape, mention

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


def several_faces(number: int, *, own: bool, by_photo: bool) -> str:
    """Which of the probe's faces was used."""
    where = "Your photo" if by_photo else "Your profile picture" if own else "The profile picture"
    return f"{where} shows {number} faces: I searched with the most prominent one."


def tiny_face(*, own: bool, by_photo: bool) -> str:
    """The probe's face is so small that no match counts as strong."""
    what = "in your photo" if by_photo else "in your profile picture" if own else "in the profile picture"
    return (
        f"The face {what} is very small, so I may miss photos, and call no match strong. With a larger "
        "picture I find more, and more surely."
    )


def further_photos(number: int) -> str:
    """The message had more photos than the one that was used."""
    return (
        f"I searched with the first photo and left out {count(number, 'other', 'others')}: send them one "
        "at a time."
    )
