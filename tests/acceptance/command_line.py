"""Runs the real `findme` in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.settings import Settings

FINDME = Path(sys.executable).with_name("findme")
SECONDS = 240


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON object that it must be."""
        assert self.out.endswith("\n")
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    """This environment without any setting of FindMe's, and with `more`."""
    clean = {name: value for name, value in os.environ.items() if name not in Settings.names()}
    return {**clean, **more}


def findme(*words: str | Path, env: Mapping[str, str], cwd: Path) -> Outcome:
    """Runs `findme WORDS` to its end."""
    done = subprocess.run(
        [FINDME, *map(str, words)],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


Run = Callable[..., Outcome]


def runner(database_url: str, models: Path, folder: Path) -> Run:
    """Runs `findme` on that database, in that folder."""
    data = folder / "data"
    data.mkdir()
    models.mkdir(parents=True, exist_ok=True)
    (data / "models").symlink_to(models.resolve())
    base = {"DATABASE_URL": database_url, "FINDME_DATA_DIR": str(data)}

    def run(*words: str | Path, **more: str) -> Outcome:
        return findme(*words, env=environment(**base | more), cwd=folder)

    return run
