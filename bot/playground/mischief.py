"""Carries out an ordered fault on the request at hand."""

from __future__ import annotations

import socket

from flask import Response, jsonify, request

from bot.playground.errors import SlackRefusal
from bot.playground.faults import Faults


def meet(faults: Faults, method: str) -> Response | None:
    """The answer that the fault gives, or None to go on; a hang only waits, then the request is served."""
    fault = faults.take(method)
    if fault is None:
        return None
    if fault.how == "hang":
        faults.hang(fault.seconds)
        return None
    if fault.how == "drop":
        request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return Response(status=500)
    if fault.how == "http_500":
        return Response("Internal Server Error", 500)
    if fault.error == "ratelimited":
        seconds = 1 if fault.retry_after is None else fault.retry_after
        return refusal_response(SlackRefusal("ratelimited", status=429, retry_after=seconds))
    return refusal_response(SlackRefusal(fault.error))


def refusal_response(refusal: SlackRefusal) -> Response:
    response = jsonify(refusal.body())
    response.status_code = refusal.status
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response
