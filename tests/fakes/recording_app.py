"""An app's far end without a bot behind it: it notes each delivery and answers as told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from flask import Flask, Response, request

from bot.playground.listening import Listener


@dataclass(frozen=True)
class Delivery:
    """One request as it arrived."""

    headers: dict[str, str]  # names in lower case
    body: str

    @property
    def payload(self) -> dict[str, Any]:
        """The command's form, the event's envelope, or the interaction's payload."""
        if self.headers["content-type"] == "application/json":
            loaded: dict[str, Any] = json.loads(self.body)
            return loaded
        form = {key: values[0] for key, values in parse_qs(self.body, keep_blank_values=True).items()}
        return json.loads(form["payload"]) if "payload" in form else form


Answer = Callable[[Delivery], Response | str | dict[str, Any]]


class RecordingApp:
    """Listens on /slack/events."""

    def __init__(self, answer: Answer = lambda _: "") -> None:
        self.answer = answer
        self.deliveries: list[Delivery] = []
        app = Flask(__name__)
        app.add_url_rule("/slack/events", view_func=self._take, methods=["POST"])
        self._listener = Listener(app)

    def _take(self) -> Response | str | dict[str, Any]:
        headers = {name.lower(): value for name, value in request.headers}
        delivery = Delivery(headers, request.get_data(as_text=True))
        self.deliveries.append(delivery)
        return self.answer(delivery)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.port}/slack/events"

    def close(self) -> None:
        self._listener.close()


def slow(seconds: float) -> Answer:
    """Answers too late."""

    def answer(_: Delivery) -> str:
        time.sleep(seconds)
        return ""

    return answer
