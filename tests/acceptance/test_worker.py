"""`findme worker` in processes of its own, with the real recognizer; and the worker of `findme serve`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.playground.server import BOT_TOKEN, SIGNING_SECRET, Playground
from pipeline.index_queue import IndexQueue
from pipeline.runs import RunRequest, RunState
from pipeline.store import Store
from pipeline.types import EventKey
from tests.acceptance.command_line import FINDME, environment, findme
from tests.acceptance.sample import Sample, write
from tests.workers import PATIENCE_SECONDS, done, ended, wait_for


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """An event on disk; tests must not change it."""
    return write(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def settings(database_url: str, models: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of an operator."""
    data = tmp_path / "data"
    data.mkdir()
    models.mkdir(parents=True, exist_ok=True)
    (data / "models").symlink_to(models)
    return environment(DATABASE_URL=database_url, FINDME_DATA_DIR=str(data))


@contextmanager
def running(*words: str, env: dict[str, str], cwd: Path, until: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on until it is asked to stop, once it has said some words."""
    process = subprocess.Popen([FINDME, *words], env=env, cwd=cwd, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        assert any(until in line for line in process.stderr), "it ended without saying so"
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_SECONDS)


def children(process: subprocess.Popen[str]) -> list[int]:
    """The processes that it has started."""
    listed = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(pid) for file in listed for pid in file.read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc")
def test_workers_index_though_one_is_killed(
    sample: Sample, settings: dict[str, str], store: Store, tmp_path: Path
) -> None:
    queue = IndexQueue(store)
    run_id = queue.submit(RunRequest(EventKey("crew"), str(sample.photos)))
    assert run_id is not None
    env = settings | {"FINDME_PHOTO_ROOTS": str(sample.folder)}
    with running("worker", "--processes", "2", env=env, cwd=tmp_path, until="wait for jobs") as parent:
        wait_for(lambda: done(queue, run_id) >= 1)
        os.kill(children(parent)[0], signal.SIGKILL)
        run = ended(queue, run_id)
        assert (run.state, run.added) == (RunState.DONE, len(sample.names))
        assert queue.report(run).failed == ()
        wait_for(lambda: len(children(parent)) == 2)
    assert parent.returncode == 0
    found = findme("find", sample.avatars["grace"], "--json", env=settings, cwd=tmp_path).json
    assert {match["photo"] for match in found["matches"]} == sample.truth["grace"]


def test_the_bot_has_a_worker_of_its_own(sample: Sample, settings: dict[str, str], tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with Playground() as slack:
        slack.deliveries.ack_seconds = PATIENCE_SECONDS
        eileen = slack.add_user("eileen", admin=True)
        crew = slack.add_channel("crew", members=[eileen])
        env = settings | {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": slack.api_url,
            "FINDME_PHOTO_ROOTS": str(sample.folder),
        }
        stale = tmp_path / "data" / "uploads" / "T1-F1.zip"
        stale.parent.mkdir()
        stale.write_bytes(b"a copy that nobody needs any more")
        os.utime(stale, (0, 0))
        with running("serve", "--http", str(port), env=env, cwd=tmp_path, until="is listening") as bot:
            slack.connect(f"http://127.0.0.1:{port}/slack/events")
            assert slack.command("/index-event", "crew photos", user=eileen, channel=crew).ok
            ready = slack.wait_for(
                lambda: [m for m in slack.messages(crew) if "*crew* is ready" in m.text], PATIENCE_SECONDS
            )
            assert f"{len(sample.names)} photos" in ready[0].text

            first, second = [(name, (sample.photos / name).read_bytes()) for name in sorted(sample.names)[:2]]
            slack.say(eileen, crew, "", files=[first])
            assert slack.command("/index-event", "shared #crew", user=eileen, channel=crew).ok
            slack.wait_for(
                lambda: [m for m in slack.messages(crew) if "*shared* is ready" in m.text], PATIENCE_SECONDS
            )
            kept = tmp_path / "data" / "photos"
            wait_for(lambda: len(list(kept.rglob("photos/*"))) == 1)
            slack.say(eileen, crew, "", files=[second])
            wait_for(lambda: len(list(kept.rglob("photos/*"))) == 2)
            wait_for(lambda: len(list(kept.rglob("previews/*"))) == len(sample.names) + 2)
            assert not stale.exists()
        assert bot.returncode == 0


def test_doctor_says_when_nobody_does_the_jobs(
    sample: Sample, settings: dict[str, str], store: Store, tmp_path: Path
) -> None:
    def line() -> dict[str, object]:
        checks = findme("doctor", "--json", env=settings, cwd=tmp_path).json["checks"]
        return next(check for check in checks if check["name"] == "queue")

    assert line()["ok"]
    IndexQueue(store).submit(RunRequest(EventKey("crew"), str(sample.photos)))
    check = line()
    assert not check["ok"]
    assert "jobs: 1 waiting" in str(check["detail"])
    assert "findme worker" in str(check["remedy"])
