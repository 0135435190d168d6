"""Where an answer goes, and what stands in its way; pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.words.text import clip, escape, listed, mention

ONE_MOMENT = "One moment…"
BUSY = "I have my hands full right now. Please try again in a minute."
BROKEN = (
    "Something went wrong on my side and I could not finish. It is in my log; please try again in a while."
)
SLACK_SILENT = "Slack did not answer me in time. Please try again in a minute."
RESTARTING = "I am being restarted. Please try again in a minute."


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
