"""`findme doctor`: what is there, what is missing, and how to mend it."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.acceptance.command_line import Run, runner


@pytest.fixture
def run(database_url: str, models: Path, tmp_path: Path) -> Run:
    """Runs `findme` on a database of the test's own, in an empty folder."""
    return runner(database_url, models, tmp_path)


def test_doctor_has_a_line_for_each_part(run: Run) -> None:
    outcome = run("doctor", "--json")
    assert outcome.status == 1  # no Slack token here
    (sentence,) = outcome.err.strip().splitlines()
    assert "Slack token, scopes" in sentence
    answer = outcome.json
    assert set(answer) == {"ok", "checks"}
    states = {check["name"]: check["ok"] for check in answer["checks"]}
    assert states["database"]
    assert states["extension"]
    assert states["weights"]
    assert not states["Slack token"]
    assert not states["scopes"]
    for check in answer["checks"]:
        assert set(check) == {"name", "ok", "detail", "remedy"}
        assert check["ok"] or check["remedy"]


class ErrorPage(BaseHTTPRequestHandler):
    """What a proxy in Slack's place answers to everything."""

    def do_POST(self) -> None:
        page = b"<!doctype html><html><title>400 Bad Request</title></html>"
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(400)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Stays silent."""


def test_an_error_page_in_slacks_place_is_no_fault_of_the_token(run: Run) -> None:
    with HTTPServer(("127.0.0.1", 0), ErrorPage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        outcome = run("doctor", "--json", SLACK_BOT_TOKEN="xoxb-1", SLACK_API_URL=url)
        server.shutdown()
    checks = {check["name"]: check for check in outcome.json["checks"]}
    assert "cannot be reached" in checks["Slack token"]["detail"]
    assert "SLACK_API_URL" in checks["Slack token"]["remedy"]
    assert not checks["scopes"]["ok"]


def test_doctor_survives_a_database_that_is_not_there(run: Run) -> None:
    outcome = run("doctor", "--json", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    states = {check["name"]: check["ok"] for check in outcome.json["checks"]}
    assert not states["database"]
    assert states["weights"]
