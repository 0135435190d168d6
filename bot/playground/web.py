"""The page for people: who is here, what was said, and a box to type in."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request

from bot.playground.acts import Acts
from bot.playground.avatars import picture
from bot.playground.errors import PlaygroundError
from bot.playground.model import Json, Person
from bot.playground.page_state import PICTURES, page_state
from bot.playground.services import Services
from bot.playground.uploads import sniff

LONG_POLL_SECONDS = 20.0
# The page loads from this machine alone: its own host, and the avatars' host for pictures.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: {cdn}; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def add_page(app: Flask, services: Services, acts: Acts) -> None:
    """Puts the page and what it calls on the application."""
    page = _Page(services, acts)
    app.add_url_rule("/", view_func=page.index)
    app.add_url_rule("/page/state", view_func=page.state)
    app.add_url_rule("/page/send", view_func=page.send, methods=["POST"])
    app.add_url_rule("/page/click", view_func=page.click, methods=["POST"])
    app.add_url_rule("/page/home", view_func=page.home, methods=["POST"])
    app.add_url_rule("/page/upload", view_func=page.upload, methods=["POST"])
    app.add_url_rule("/page/submit", view_func=page.submit, methods=["POST"])
    app.add_url_rule("/page/dismiss", view_func=page.dismiss, methods=["POST"])
    app.add_url_rule("/page/file/<file_id>", view_func=page.file)
    app.add_url_rule("/page/avatar/<user>", view_func=page.avatar)
    app.before_request(_only_from_here)
    app.after_request(page.with_headers)


def _only_from_here() -> None:
    """Other web sites, open in the same browser, may neither read nor post (DNS rebinding, forged forms)."""
    if request.path != "/" and not request.path.startswith("/page/"):
        return
    if request.host.partition(":")[0] not in ("127.0.0.1", "localhost"):
        abort(403)
    if request.method == "POST" and "X-Playground" not in request.headers:
        abort(403)


class _Page:
    def __init__(self, services: Services, acts: Acts) -> None:
        self.services = services
        self.acts = acts

    def with_headers(self, response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY.format(cdn=self.services.shapes.cdn_url())
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def index(self) -> str:
        return render_template("page.html", team=self.services.app.team_name)

    def me(self, user: str) -> Person:
        """The person that the browser speaks for; the first one who can type, if it does not say."""
        people = [p for p in self.services.workspace.people() if not (p.is_bot or p.deleted or p.is_stranger)]
        found = next((p for p in people if p.id == user), people[0] if people else None)
        if found is None:
            abort(404, "nobody is here yet")
        return found

    def state(self) -> Response:
        """Waits until something is newer than the version that the browser knows."""
        known = request.args.get("version", -1, type=int)
        workspace = self.services.workspace
        workspace.wait_for(lambda: workspace.version > known, LONG_POLL_SECONDS)
        return jsonify(page_state(self.services, self.me(request.args.get("as", ""))))

    def send(self) -> Response:
        """A message or, when it begins with a slash, a command."""
        person, text = self.me(request.form.get("as", "")), request.form.get("text", "").strip()
        channel = self.services.workspace.channel(request.form.get("channel", ""))
        if channel is None:
            abort(404)
        files = [
            (part.filename or "file", part.read()) for part in request.files.getlist("file") if part.filename
        ]
        thread_ts = request.form.get("thread_ts") or None
        if text.startswith("/") and not files and thread_ts is None:
            name, _, rest = text.partition(" ")
            return jsonify({"ok": self.acts.command(name, rest.strip(), person, channel).ok})
        if text or files:
            self.acts.post(person, channel, text, files=files, thread_ts=thread_ts)
        return jsonify({"ok": True})

    def click(self) -> Response:
        body = self._body()
        workspace = self.services.workspace
        place = workspace.message(str(body.get("channel")), str(body.get("ts"))) or workspace.view(
            str(body.get("view"))
        )
        if place is None:
            abort(404)
        try:
            ack = self.acts.click(
                self.me(str(body.get("as"))),
                place,
                str(body.get("action_id")),
                value=body.get("value"),
                state=body.get("values"),
            )
        except KeyError:
            abort(404)
        return jsonify({"ok": ack.ok})

    def home(self) -> Response:
        self.acts.open_home(self.me(str(self._body().get("as"))))
        return jsonify({"ok": True})

    def submit(self) -> Response:
        body = self._body()
        view = self.services.workspace.view(str(body.get("view")))
        if view is None:
            abort(404)
        try:
            ack = self.acts.submit(self.me(str(body.get("as"))), view, body.get("values") or {})
        except PlaygroundError:  # the page asks for required fields itself
            abort(400)
        return jsonify({"ok": ack.ok, "answer": ack.json})

    def upload(self) -> Response:
        """A file for a form's field."""
        person = self.me(request.form.get("as", ""))
        parts = request.files.getlist("file")
        files = [self.acts.upload(person, part.filename or "file", part.read()) for part in parts]
        return jsonify({"files": [{"id": file.id} for file in files]})

    def dismiss(self) -> Response:
        self.services.workspace.close_view(str(self._body().get("view")))
        return jsonify({"ok": True})

    def _body(self) -> Json:
        body: Any = request.get_json(silent=True)
        return body if isinstance(body, dict) else {}

    def file(self, file_id: str) -> Response:
        """A file for the browser; what is no picture is only to be saved."""
        file = self.services.workspace.file(file_id)
        if file is None or file.deleted:
            abort(404)
        shown = file.mimetype in PICTURES
        response = Response(file.data, mimetype=file.mimetype if shown else "application/octet-stream")
        if not shown:
            response.headers.set("Content-Disposition", "attachment", filename=file.name)
        response.headers["Cache-Control"] = "private, max-age=3600"
        return response

    def avatar(self, user: str) -> Response:
        person = self.services.workspace.person(user)
        if person is None:
            abort(404)
        data = picture(person, "192")
        mimetype = sniff(data, "")
        if mimetype not in PICTURES:
            abort(404)
        return Response(data, mimetype=mimetype, headers={"Cache-Control": "private, max-age=3600"})
