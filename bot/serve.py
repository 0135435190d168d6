"""Runs the bot: over HTTP behind a production WSGI server, or in Socket Mode."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from urllib.parse import parse_qs

from flask import Flask, Response, jsonify, request
from slack_bolt.adapter.flask.handler import to_bolt_request, to_flask_response
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from waitress.server import create_server

from bot.app import Bot
from bot.errors import ServerFailed, SettingsRefused, SlackUnreachable
from bot.slack.brief import brief
from bot.slack.client import SILENCE, error_code
from bot.slack.signatures import is_signed
from pipeline.errors import FindMeError

log = logging.getLogger(__name__)

THREADS = 32  # a request holds one until it is acknowledged, which takes milliseconds
MOST_BODY = 2_000_000  # bytes; Slack's requests stay far below
UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What Bolt's reading of a body raises that is no JSON, or JSON of another shape than Slack's."""


def wsgi_app(bot: Bot) -> Flask:
    """`/slack/events` for everything that Slack sends, `/healthz` for who watches the process. Raises
    SettingsRefused."""
    signatures = bot.signatures
    if signatures is None:
        raise SettingsRefused(
            "SLACK_SIGNING_SECRET is missing: over HTTP it proves that a request comes from Slack. Copy it "
            "from Basic "
            "Information of your Slack app."
        )
    flask = Flask("findme")
    flask.config["MAX_CONTENT_LENGTH"] = MOST_BODY

    @flask.post("/slack/events")
    def events() -> Response:
        return _turned_away(signatures) or _answered(bot)

    @flask.get("/healthz")
    def health() -> tuple[Response, int]:
        try:
            bot.check_database()
        except FindMeError as error:
            log.error("the database does not answer: %s", brief(error))
            return jsonify(ok=False, database="does not answer"), 503
        return jsonify(ok=True, database="answers"), 200

    return flask


def _turned_away(signatures: SignatureVerifier) -> Response | None:
    """The answer to a request that Slack did not sign; None for one that it did.

    Bolt checks signatures too, but only after it has read the body, and it trips over odd headers.
    """
    body, headers = request.get_data(as_text=True), request.headers
    timestamp, signature = headers.get("X-Slack-Request-Timestamp"), headers.get("X-Slack-Signature")
    if is_signed(signatures, body, timestamp, signature):
        return None
    if parse_qs(body).get("ssl_check") == ["1"]:  # asks for nothing; Bolt takes it without a signature, too
        return Response()
    log.info("a request that Slack did not sign is refused")
    return _refusal(401)


def _answered(bot: Bot) -> Response:
    """Bolt's answer to a request of Slack's."""
    try:
        asked = to_bolt_request(request)
    except UNREADABLE as error:
        log.warning("a signed request cannot be understood (%s)", type(error).__name__)
        return _refusal(400)
    return to_flask_response(bot.app.dispatch(asked))


def _refusal(status: int) -> Response:
    answer = jsonify(error="invalid request")
    answer.status_code = status
    return answer


def serve_http(
    bot: Bot, port: int, host: str = "127.0.0.1", ready: Callable[[str], None] | None = None
) -> None:
    """Serves until SIGTERM or Ctrl-C, then lets running searches finish and closes the bot.

    ready: called with the address once the port is open. Raises ServerFailed when the port is not to be had.
    """
    flask = wsgi_app(bot)
    try:
        server = create_server(
            flask, host=host, port=port, threads=THREADS, max_request_body_size=MOST_BODY, ident=None
        )
    except (OSError, ValueError) as error:
        bot.close()
        raise ServerFailed(
            f"Port {port} of {host} is not to be had ({getattr(error, 'strerror', None) or error}). "
            "Choose another one with --http PORT."
        ) from error
    try:
        with _exit_on_signal():
            if ready is not None:
                ready(f"http://{host}:{_port(server, port)}")
            server.run()
    finally:
        server.close()
        bot.close()


def serve_socket(bot: Bot, app_token: str, ready: Callable[[str], None] | None = None) -> None:
    """Serves in Socket Mode until SIGTERM or Ctrl-C, then closes the bot.

    The bot's own client asks for the address of the socket, so that SLACK_API_URL counts here too.
    Raises SlackUnreachable when Slack gives none.
    """
    handler = SocketModeHandler(bot.app, app_token, web_client=bot.app.client)
    ended = threading.Event()
    try:
        with _exit_on_signal():
            handler.connect()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
            if ready is not None:
                ready("Socket Mode")
            ended.wait()
    except SlackApiError as error:
        raise SlackUnreachable(
            f"Slack gives no socket for SLACK_APP_TOKEN ({error_code(error)}). Make an app-level token "
            "with the scope "
            "connections:write (Basic Information), and switch Socket Mode on."
        ) from error
    except SILENCE as error:
        raise SlackUnreachable(
            "Slack cannot be reached for Socket Mode. Check the network and the proxy."
        ) from error
    except (KeyboardInterrupt, SystemExit):
        log.info("asked to stop")
    finally:
        handler.close()  # type: ignore[no-untyped-call]  # as above
        bot.close()


def _port(server: Any, asked: int) -> int:
    """The port that was opened; a name with several addresses has several servers on the one that was asked
    for."""
    return int(getattr(server, "effective_port", asked))


@contextmanager
def _exit_on_signal() -> Iterator[None]:
    """Turns SIGTERM into the SystemExit that servers end on; a second signal while closing changes
    nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can; whoever runs us in another one stops us otherwise
        return

    def leave(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
