"""The avatar CDN: another host than Slack's, which asks for no token and records every header."""

from __future__ import annotations

from flask import Flask, Response, abort, request

from bot.playground.avatars import picture
from bot.playground.faults import AVATAR
from bot.playground.mischief import meet
from bot.playground.recording import RecordedRequest, Recorder
from bot.playground.services import Services
from bot.playground.uploads import sniff


def cdn_app(services: Services, recorder: Recorder) -> Flask:
    """The CDN's application."""
    app = Flask(__name__)

    @app.get("/<team>-<user>-<digest>-<size>")
    def avatar(team: str, user: str, digest: str, size: str) -> Response:  # noqa: ARG001  (parts of the address)
        headers = {name.lower(): value for name, value in request.headers}
        recorder.add(RecordedRequest(request.method, request.host, request.path, headers))
        refused = meet(services.faults, AVATAR)
        if refused is not None:
            return refused
        person = services.workspace.person(user)
        if person is None or person.avatar_hash != digest:
            abort(404)
        data = picture(person, size)
        return Response(data, mimetype=sniff(data, ""))

    return app
