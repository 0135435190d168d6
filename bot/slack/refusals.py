"""What Slack says no with, as sentences on a source of photos."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from slack_sdk.errors import SlackApiError

from bot.slack.client import SILENCE, error_code, is_outage
from bot.slack.files import File
from pipeline.errors import SourceAway, SourceUnfit, SourceUnreachable

log = logging.getLogger(__name__)

NOT_THERE = frozenset({"not_in_channel", "channel_not_found", "team_access_not_granted"})
NO_FILE = frozenset({"file_not_found", "file_deleted", "access_denied", "file_access_denied"})
NO_TOKEN = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
REINSTALL = "Update the Slack app from manifest.yml and install it again."


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turns what Slack answers instead into SourceUnreachable; `what` is "The channel", "The file"."""
    try:
        yield
    except SlackApiError as error:
        code = error_code(error)
        log.info("%s: Slack says %s", what, code)
        kind = SourceUnreachable
        if is_outage(error) or code == "ratelimited":
            kind = SourceAway
        elif code in NO_TOKEN:
            kind = SourceUnfit
        raise kind(_sentence(what, code)) from error
    except SILENCE as error:
        raise SourceAway("Slack did not answer. Index the event again in a while.") from error


def refusal(file: File) -> str | None:
    """Why a shared file cannot be read, in a sentence; None where it can."""
    mode, access = str(file.get("mode") or ""), str(file.get("file_access") or "")
    if mode == "tombstone":
        return "It has been deleted from Slack."
    if mode == "hidden_by_limit":
        return "Slack hides it, because the workspace is over its storage limit."
    if mode == "external" or file.get("is_external"):
        return "It is kept outside Slack, where FindMe does not fetch it. Share the photo itself."
    if access in {"access_denied", "file_not_found"}:
        return "Slack does not let FindMe open it. Share it in the channel anew."
    if not (file.get("url_private_download") or file.get("url_private")):
        return "Slack does not say where it is. Share it in the channel anew."
    return None


def _sentence(what: str, code: str) -> str:
    if code in NOT_THERE:
        return f"{what} cannot be read, because FindMe is not in it. Type /invite @FindMe there."
    if code in NO_FILE:
        return f"{what} is no longer in Slack, or FindMe may not open it."
    if code == "missing_scope":
        return f"{what} may not be read: FindMe lacks a permission. {REINSTALL}"
    if code in NO_TOKEN:
        return f"Slack does not take SLACK_BOT_TOKEN ({code}). {REINSTALL}"
    if code == "ratelimited":
        return "Slack asks FindMe to slow down. Index the event again in a while."
    return f"{what} cannot be read: Slack says {code or 'nothing'}. Index the event again in a while."
