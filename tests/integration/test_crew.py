"""A crew of processes: replaced when they die, stopped in good order, gone with the one that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from pipeline.crew import Crew
from tests.workers import wait_for

# Says that it lives by a file of its own, and on SIGTERM that it stopped in good order.
MEMBER = """
import os, signal, sys, time
from pathlib import Path
from pipeline.crew import leave_with_parent

place = Path(sys.argv[1]) / str(os.getpid())
def leave(*_):
    place.write_text("stopped")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
leave_with_parent()
place.write_text("alive")
while True:
    time.sleep(0.05)
"""
PARENT = """
import sys, time
from pipeline.crew import Crew
with Crew([sys.executable, "-c", sys.argv[1], sys.argv[2]], 2):
    time.sleep(600)
"""


def said(folder: Path) -> list[str]:
    return sorted(file.read_text() for file in folder.iterdir())


def test_a_process_that_dies_is_replaced_and_all_stop_in_good_order(tmp_path: Path) -> None:
    with Crew([sys.executable, "-c", MEMBER, str(tmp_path)], 2) as crew:
        wait_for(lambda: said(tmp_path) == ["alive"] * 2)
        killed = crew.pids()[0]
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: said(tmp_path) == ["alive"] * 3)
        assert killed not in crew.pids()
        assert len(crew.pids()) == 2
    assert said(tmp_path) == ["alive", "stopped", "stopped"]
    assert crew.pids() == []


def test_processes_stop_when_their_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, MEMBER, str(tmp_path)])
    wait_for(lambda: said(tmp_path) == ["alive"] * 2)
    parent.kill()
    parent.wait()
    wait_for(lambda: said(tmp_path) == ["stopped"] * 2)
