"""The Web API client: where Slack is, how long to wait, when to try again."""

from __future__ import annotations

import ssl
from functools import cache
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)
from slack_sdk.http_retry.handler import RetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

from bot.settings import Settings

TIMEOUT = 15  # seconds for one call; Slack answers within two, an upload of 10 files a little later
LONGEST_WAIT = 60  # seconds of Retry-After that are worth a thread's time
PATIENT_WAITS = 30  # of that length, for one call, where nobody waits for an answer
SILENCE = (
    URLError,
    HTTPException,
    ConnectionError,
    TimeoutError,
    requests.RequestException,
    SlackRequestError,
)
"""What is raised where Slack does not answer at all."""


class BoundedRateLimitHandler(RateLimitErrorRetryHandler):
    """Waits as long as Slack asks, unless that is too long for a person to wait for an answer."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        limited = super()._can_retry(state=state, request=request, response=response, error=error)
        return limited and response is not None and retry_after(response.headers) <= LONGEST_WAIT


def retry_handlers(waits: int = 3) -> list[RetryHandler]:
    """Tries lost connections, 429 (after the wait that Slack names, `waits` times) and 500/503 again."""
    return [
        ConnectionErrorRetryHandler(max_retry_count=1),
        BoundedRateLimitHandler(max_retry_count=waits),
        ServerErrorRetryHandler(max_retry_count=2),
    ]


@cache
def tls() -> ssl.SSLContext:
    """What every call to Slack shares: the SDK's own way reads the machine's certificates anew each time.

    That takes some 15 ms of processor time a call, and a reply of ten photos makes sixteen of them.
    """
    return ssl.create_default_context()


def make_client(settings: Settings, *, patient: bool = False) -> WebClient:
    """A client of the Slack that SLACK_API_URL names; nothing is sent yet.

    patient: for work that nobody waits for, and that asks more often than Slack likes.
    """
    token = settings.slack_bot_token
    return WebClient(
        token=token.get_secret_value() if token else None,
        base_url=settings.slack_api_url,
        timeout=TIMEOUT,
        ssl=tls(),
        retry_handlers=retry_handlers(PATIENT_WAITS if patient else 3),
    )


def retry_after(headers: Any, default: float = 1.0) -> float:
    """Seconds that a response's Retry-After header asks for; `default` without a sensible one.

    headers: a mapping of any case, with a string or a list of strings for each name.
    """
    for name, value in headers.items():
        if name.lower() == "retry-after":
            text = value[0] if isinstance(value, list) else value
            try:
                return max(0.0, float(text))
            except (TypeError, ValueError):
                return default
    return default


def is_outage(error: SlackApiError) -> bool:
    """Is it trouble on Slack's side, rather than its answer to what was asked?"""
    code = error_code(error)
    status = getattr(error.response, "status_code", 200)
    # The SDK puts a sentence where the answer was no JSON: an error page.
    return status >= 500 or " " in code or code in {"internal_error", "fatal_error", "service_unavailable"}


def may_pass(error: SlackApiError) -> bool:
    """Is it trouble that passes by itself: an outage, or too many calls?"""
    return is_outage(error) or _is_limited(error)


def asked_to_wait(error: SlackApiError) -> float:
    """Seconds for which Slack asks to be left alone; 0 where it does not."""
    if not _is_limited(error):
        return 0.0
    return retry_after(getattr(error.response, "headers", None) or {})


def _is_limited(error: SlackApiError) -> bool:
    status = getattr(error.response, "status_code", 200)
    return status == 429 or error_code(error) in {"ratelimited", "rate_limited"}


def is_unknown_method(error: SlackApiError) -> bool:
    """Does this server not have what was asked, as other servers than Slack's own may?"""
    known = {"unknown_method", "method_not_supported", "not_implemented", "method_deprecated"}
    return error_code(error) in known or getattr(error.response, "status_code", 200) in {404, 405, 501}


def error_code(error: SlackClientError) -> str:
    """Slack's short word for a refusal, such as `not_in_channel`; "" where it gave none."""
    if not isinstance(error, SlackApiError):
        return ""
    response = error.response
    if isinstance(response, dict):
        return str(response.get("error") or "")
    data = getattr(response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""
