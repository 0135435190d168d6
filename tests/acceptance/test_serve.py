"""`findme serve` in a process of its own, against a Slack at SLACK_API_URL: over HTTP and in Socket Mode."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from bot.playground.server import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Playground
from tests.acceptance import portraits
from tests.acceptance.command_line import FINDME, environment, findme
from tests.acceptance.sample import Sample, write

READY_SECONDS = 120
RIGHT = {name.rpartition("/")[2].replace(".png", ".jpg") for name in portraits.GRACES}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """An event on disk; tests must not change it."""
    return write(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of an operator."""
    return environment(
        DATABASE_URL=database_url,
        FINDME_DATA_DIR=str(tmp_path / "data"),
        SLACK_BOT_TOKEN=BOT_TOKEN,
        SLACK_SIGNING_SECRET=SIGNING_SECRET,
    )


@contextmanager
def _serving(words: list[str], env: dict[str, str], cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A running bot, once it says that it listens."""
    process = subprocess.Popen([FINDME, "serve", *words], env=env, cwd=cwd, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "is listening" in line:
                break
        else:
            pytest.fail(f"the bot did not start: {''.join(said)}")
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=READY_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _look_for_grace(slack: Playground, sample: Sample, right: set[str]) -> set[str]:
    """/findme by Grace; the names of the images in the thread, once there are as many as are right."""
    grace = slack.add_user("grace", avatar=sample.avatars["grace"].read_bytes())
    channel = slack.add_channel("crew", members=[grace])
    slack.deliveries.ack_seconds = READY_SECONDS
    ack = slack.command("/findme", "", user=grace, channel=channel)
    assert ack.status == 200
    parent = slack.wait_for(lambda: slack.messages(channel), READY_SECONDS)[0]
    slack.wait_for(lambda: len(slack.images(*slack.thread(channel, parent.ts))) >= len(right), READY_SECONDS)
    return {name for name, _, _ in slack.images(*slack.thread(channel, parent.ts))}


def test_over_http(sample: Sample, settings: dict[str, str], tmp_path: Path) -> None:
    assert findme("index", sample.photos, "--event", "crew", env=settings, cwd=tmp_path).status == 0
    port = _free_port()
    with Playground() as slack:
        env = settings | {"SLACK_API_URL": slack.api_url}
        with _serving(["--http", str(port)], env, tmp_path) as process:
            address = f"http://127.0.0.1:{port}"
            assert requests.get(f"{address}/healthz", timeout=READY_SECONDS).json()["ok"] is True
            slack.connect(f"{address}/slack/events")
            assert slack.verify_url()
            assert _look_for_grace(slack, sample, RIGHT) == RIGHT
            unsigned = requests.post(
                f"{address}/slack/events", data={"command": "/findme"}, timeout=READY_SECONDS
            )
            assert unsigned.status_code == 401
        assert process.returncode == 0


def test_in_socket_mode(sample: Sample, settings: dict[str, str], tmp_path: Path) -> None:
    assert findme("index", sample.photos, "--event", "crew", env=settings, cwd=tmp_path).status == 0
    with Playground() as slack:
        env = settings | {"SLACK_API_URL": slack.api_url, "SLACK_APP_TOKEN": APP_TOKEN}
        with _serving([], env, tmp_path) as process:
            assert slack.wait_connected(READY_SECONDS)
            assert _look_for_grace(slack, sample, RIGHT) == RIGHT
        assert process.returncode == 0


def test_a_start_that_cannot_work_says_why_in_one_sentence(settings: dict[str, str], tmp_path: Path) -> None:
    def failure(words: list[str], **env: str) -> str:
        outcome = findme("serve", *words, env=settings | env, cwd=tmp_path)
        assert outcome.status == 1
        assert len(outcome.err.strip().splitlines()) == 1, outcome.err
        return outcome.err

    assert "consent" in failure(["--http", "0"], FINDME_LOOKUP="consent")
    assert "SLACK_BOT_TOKEN" in failure(["--http", "0"], SLACK_BOT_TOKEN="")
    assert "SLACK_SIGNING_SECRET" in failure([], SLACK_SIGNING_SECRET="")
    nowhere = f"http://127.0.0.1:{_free_port()}/api/"
    assert nowhere in failure(["--http", "0"], SLACK_API_URL=nowhere)
    with Playground(bot_token="xoxb-another") as slack:
        assert "SLACK_BOT_TOKEN" in failure(["--http", "0"], SLACK_API_URL=slack.api_url)


def test_the_database_of_the_bot_and_of_the_command_line_is_one(
    sample: Sample, settings: dict[str, str], tmp_path: Path
) -> None:
    """The embedded server is shared: an event indexed while the bot runs is found by the bot."""
    embedded = {name: value for name, value in settings.items() if name != "DATABASE_URL"}
    few = tmp_path / "few"
    few.mkdir()
    for name in ("grace-1.jpg", "eileen-1.jpg"):
        (few / name).write_bytes((sample.photos / name).read_bytes())
    port = _free_port()
    with Playground() as slack:
        env = embedded | {"SLACK_API_URL": slack.api_url}
        with _serving(["--http", str(port)], env, tmp_path):
            slack.connect(f"http://127.0.0.1:{port}/slack/events")
            indexed = findme("index", few, "--event", "crew", "--json", env=embedded, cwd=tmp_path)
            assert indexed.json["photos"] == 2
            assert _look_for_grace(slack, sample, {"grace-1.jpg"}) == {"grace-1.jpg"}
