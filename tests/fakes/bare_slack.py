"""Another Slack than the playground: it answers the least that it may, and knows few methods."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask, Response, jsonify, request

from bot.playground.listening import Listener

KNOWN = {
    "auth.test",
    "chat.update",
    "files.completeUploadExternal",
}  # answered with {"ok": true} and nothing else


class BareSlack:
    """Keeps what was posted, uploaded and told."""

    def __init__(self, avatar: bytes) -> None:
        self.posts: list[dict[str, Any]] = []
        self.uploads: dict[str, bytes] = {}  # by file id
        self.completed: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self.done = threading.Event()  # a completion or a private answer has come
        self._avatar = avatar
        app = Flask(__name__)
        app.add_url_rule("/api/<method>", view_func=self._call, methods=["POST"])
        app.add_url_rule("/upload/<file>", view_func=self._upload, methods=["POST"])
        app.add_url_rule("/told", view_func=self._tell, methods=["POST"])
        app.add_url_rule("/face", view_func=lambda: Response(self._avatar, mimetype="image/jpeg"))
        self._listener = Listener(app)
        self.url = f"http://127.0.0.1:{self._listener.port}"

    def close(self) -> None:
        self._listener.close()

    def _call(self, method: str) -> Response:
        args = {**request.form, **(request.get_json(silent=True) or {})}
        if method == "users.info":
            return jsonify(ok=True, user={"profile": {"image_192": f"{self.url}/face"}})
        if method == "chat.postMessage":
            self.posts.append(args)
            return jsonify(ok=True, ts=f"17.{len(self.posts)}")
        if method == "files.getUploadURLExternal":
            file = f"F{len(self.uploads)}"
            self.uploads[file] = b""
            return jsonify(ok=True, file_id=file, upload_url=f"{self.url}/upload/{file}")
        if method not in KNOWN:
            return jsonify(ok=False, error="unknown_method")
        if method == "files.completeUploadExternal":
            self.completed.append(args)
            self.done.set()
        return jsonify(ok=True)

    def _upload(self, file: str) -> str:
        self.uploads[file] = request.get_data()
        return "OK"

    def _tell(self) -> str:
        self.told.append(request.get_json())
        self.done.set()
        return ""
