"""What the log says of errors that were foreseen: a line each, with their causes, without a traceback."""

from __future__ import annotations

from slack_sdk.errors import SlackApiError

from bot import words
from bot.slack.client import SILENCE, error_code
from pipeline.errors import FindMeError

LONGEST = 300  # characters of one error; Slack's outages bring whole error pages
MOST_CAUSES = 4
FORESEEN = (FindMeError, SlackApiError, *SILENCE)


def brief(error: BaseException) -> str:
    """The error and its causes in one line; of a refusal of Slack's its method and its code."""
    said: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(said) < MOST_CAUSES:
        said.append(words.clip(words.one_line(_one(cause)), LONGEST))
        cause = cause.__cause__
    return ", because of ".join(said)


def _one(error: BaseException) -> str:
    if isinstance(error, SlackApiError):
        return _refusal(error)
    return str(error) if isinstance(error, FindMeError) else f"{type(error).__name__}: {error}"


def _refusal(error: SlackApiError) -> str:
    """`users.info: missing_scope (needed: users:read)`."""
    method = str(getattr(error.response, "api_url", "")).partition("?")[0].rpartition("/")[2]
    reason = error_code(error) or f"status {getattr(error.response, 'status_code', 'unknown')}"
    data = getattr(error.response, "data", None)
    needed = data.get("needed") if isinstance(data, dict) else None
    return f"{method or 'Slack'}: {reason}" + (f" (needed: {needed})" if needed else "")
