"""Slack's own host: the Web API, uploads, private files, response_url."""

from __future__ import annotations

import hmac
from typing import Any

from flask import Flask, Response, jsonify, request

from bot.playground import api
from bot.playground.api import auth, chat, conversations, files, reactions, users, views
from bot.playground.api.call import METHODS, Call, Method
from bot.playground.errors import PlaygroundError, SlackRefusal
from bot.playground.faults import DOWNLOAD, RESPONSE_URL, UPLOAD
from bot.playground.mischief import meet, refusal_response
from bot.playground.model import Json
from bot.playground.recording import RecordedRequest, Recorder
from bot.playground.responses import say
from bot.playground.services import Services

# Importing the families fills the table of methods.
FAMILIES = (api, auth, chat, conversations, files, reactions, users, views)
MAX_REQUEST = 1 << 30  # bytes; Slack takes files of up to 1 GB
LOGIN_PAGE = (
    "<!DOCTYPE html><html lang='en'><head><title>Sign in | Slack</title></head>"
    "<body><h1>Sign in to your workspace</h1></body></html>"
)


def add_slack_host(app: Flask, services: Services, recorder: Recorder) -> None:
    """Puts Slack's doors on the application."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST
    app.config["MAX_FORM_MEMORY_SIZE"] = None
    host = _SlackHost(services, recorder)
    app.add_url_rule("/api/<name>", view_func=host.call_method, methods=["GET", "POST"])
    app.add_url_rule("/upload/v1/<key>", view_func=host.take_upload, methods=["POST", "PUT"])
    app.add_url_rule("/files-pri/<team>-<file_id>/<path:name>", view_func=host.private_file)
    app.add_url_rule("/commands/<team>/<key>", view_func=host.respond, methods=["POST"])


class _SlackHost:
    def __init__(self, services: Services, recorder: Recorder) -> None:
        self.services = services
        self.recorder = recorder

    def record(self, args: Json | None = None) -> None:
        headers = {name.lower(): value for name, value in request.headers}
        shown = {key: value for key, value in (args or {}).items() if key != "token"}
        self.recorder.add(RecordedRequest(request.method, request.host, request.path, headers, shown))

    def call_method(self, name: str) -> Response:
        """The Web API."""
        args = _arguments()
        self.record(args)
        response = meet(self.services.faults, name)
        if response is None:
            try:
                response = jsonify({"ok": True, **self._run(name, args)})
            except SlackRefusal as refusal:
                response = refusal_response(refusal)
        response.headers["X-OAuth-Scopes"] = ",".join(sorted(self.services.grants.scopes))
        return response

    def _run(self, name: str, args: Json) -> Json:
        known = METHODS.get(name)
        if known is None:
            raise SlackRefusal("unknown_method", req_method=name)
        self._authenticate(known, args)
        call = Call(name, {key: value for key, value in args.items() if key != "token"}, self.services)
        if known.scope:
            call.need(known.scope)
        try:
            return known.handler(call)
        except PlaygroundError as error:
            raise SlackRefusal("internal_error", detail=str(error)) from error

    def _authenticate(self, known: Method, args: Json) -> None:
        if known.needs == "none":
            return
        token = _bearer() or str(args.get("token") or "")
        if not token:
            raise SlackRefusal("not_authed")
        app = self.services.app
        right, other = app.bot_token, app.app_token
        if known.needs == "app":
            right, other = other, right
        if hmac.compare_digest(token.encode(), other.encode()):
            raise SlackRefusal("not_allowed_token_type")
        if not hmac.compare_digest(token.encode(), right.encode()):
            raise SlackRefusal("invalid_auth")
        if self.services.grants.revoked:
            raise SlackRefusal("token_revoked")

    def take_upload(self, key: str) -> Response:
        """The second step of an upload: raw bytes, or a form with a file in it."""
        self.record()
        refused = meet(self.services.faults, UPLOAD)
        if refused is not None:
            return refused
        if request.mimetype == "multipart/form-data":
            data = b"".join(part.read() for part in request.files.values())
        else:
            data = request.get_data()  # raw, whatever type urllib or curl says it is
        try:
            count = self.services.uploads.receive(key, data)
        except SlackRefusal as refusal:
            return refusal_response(refusal)
        return Response(f"OK - {count}", mimetype="text/plain")

    def private_file(self, team: str, file_id: str, name: str) -> Response:  # noqa: ARG002  (parts of the address)
        """url_private: the bytes for a good token; otherwise a login page with status 200."""
        self.record()
        refused = meet(self.services.faults, DOWNLOAD)
        if refused is not None:
            return refused
        app, scopes = self.services.app, self.services.grants.scopes
        if _bearer() != app.bot_token or "files:read" not in scopes or self.services.grants.revoked:
            return Response(LOGIN_PAGE, mimetype="text/html")
        try:
            file = files.visible_file(Call("files.info", {"file": file_id}, self.services))
        except SlackRefusal:
            return Response("Not found", 404)
        return Response(file.data, mimetype=file.mimetype or "application/octet-stream")

    def respond(self, team: str, key: str) -> Response:  # noqa: ARG002  (part of the address)
        """response_url."""
        body = request.get_json(silent=True, force=True)
        self.record(body if isinstance(body, dict) else None)
        refused = meet(self.services.faults, RESPONSE_URL)
        if refused is not None:
            return refused
        try:
            if not isinstance(body, dict):
                raise SlackRefusal("invalid_payload", status=400)
            say(self.services, self.services.tickets.use_response_url(key), body)
        except SlackRefusal as refusal:
            if refusal.status == 200:
                refusal.status = 400
            return refusal_response(refusal)
        return Response("ok", mimetype="text/plain")


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _arguments() -> Json:
    """A call's arguments from the query, a form, or JSON; the later ones win."""
    args: dict[str, Any] = dict(request.args)
    args.update(request.form)
    if request.is_json:
        body = request.get_json(silent=True)
        if isinstance(body, dict):
            args.update(body)
    return args
