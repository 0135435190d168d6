"""What is left on a machine's disk, and goes: copies of archives, and files of processes that were killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from bot.housekeeping import Chore, every_hour, old_archives
from bot.settings import Settings
from pipeline.sources.address import parse_address
from pipeline.sources.web import WebRanges
from tests.acceptance.command_line import FINDME, environment
from tests.fakes import web_server
from tests.workers import wait_for


def left_behind(data: Path) -> tuple[Path, list[Path]]:
    """A copy that is in use, and what nobody needs any more."""
    uploads = data / "uploads"
    uploads.mkdir(parents=True, exist_ok=True)
    used = uploads / "T1-F1.zip"
    old = [uploads / name for name in ("T1-F2.zip", "T1-F2.zip.lock", "T1-F3.zip.0a.part")]
    for path in (used, *old):
        path.write_bytes(b"x")
    for path in old:
        os.utime(path, (time.time() - 25 * 3600,) * 2)
    return used, old


def gone(paths: list[Path]) -> bool:
    return not any(path.exists() for path in paths)


def test_old_copies_go_every_hour_whatever_else_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.housekeeping.EVERY_SECONDS", 0.05)
    used, old = left_behind(tmp_path)
    broken = Chore("it is broken", lambda _: 1 / 0)
    with every_hour([broken, old_archives(Settings(_env_file=None, FINDME_DATA_DIR=tmp_path))]):
        wait_for(lambda: gone(old))
        _, old = left_behind(tmp_path)
        wait_for(lambda: gone(old))
    assert used.exists()
    assert not [thread for thread in threading.enumerate() if thread.name == "housekeeping"]


def test_a_worker_drops_them_where_no_bot_runs(tmp_path: Path, database_url: str) -> None:
    used, old = left_behind(tmp_path)
    env = environment(DATABASE_URL=database_url, FINDME_DATA_DIR=str(tmp_path))
    worker = subprocess.Popen([FINDME, "worker", "--processes", "1"], env=env, cwd=tmp_path)
    try:
        wait_for(lambda: gone(old))
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)
    assert used.exists()


OPENING = """
import sys
from pipeline.sources.address import parse_address
from pipeline.sources.web import WebRanges

ranges = WebRanges(parse_address(sys.argv[1]))
print(ranges.size(), ranges.read(2, 3).decode(), flush=True)
sys.stdin.read()
"""


def test_a_killed_process_leaves_no_download_behind(tmp_path: Path) -> None:
    with web_server.serving(b"0123456789") as web:
        web.ranges = False
        process = subprocess.Popen(
            [sys.executable, "-c", OPENING, web.url],
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"10 234\n"  # the file is here, and read from here
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert list(tmp_path.iterdir()) == []


def held_open(folder: Path) -> int:
    """How many files in a folder, without a name too, this process has open."""
    number = 0
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            number += str(link.readlink()).startswith(str(folder))
    return number


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs Linux's /proc")
def test_a_download_is_let_go_when_nobody_reads_it_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.sources.web.COPY_SECONDS", 0.3)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with web_server.serving(b"0123456789") as web:
        web.ranges = False
        ranges = WebRanges(parse_address(web.url))
        assert (ranges.size(), ranges.read(2, 3)) == (10, b"234")
        assert held_open(tmp_path) == 1
        wait_for(lambda: held_open(tmp_path) == 0)
        assert ranges.read(4, 3) == b"456"  # downloaded anew
        assert len(web.asked) == 2
        wait_for(lambda: held_open(tmp_path) == 0)
        web.ranges = True
        assert ranges.read(4, 3) == b"456"
        assert held_open(tmp_path) == 0
