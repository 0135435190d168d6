"""Whom the embedded database runs as where FindMe runs as root."""

from __future__ import annotations

import fcntl
import os
import pwd
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import DatabaseUnavailable
from pipeline.store import server_user as server_user_module
from pipeline.store.server_user import server_user


class Accounts:
    """A machine's users; each `useradd` makes the one that it is asked for anew, under the next number."""

    def __init__(self, *names: str, can_add: bool = True) -> None:
        self.numbers = {name: 900 - place for place, name in enumerate(names)}
        self.can_add = can_add
        self.added = 0

    def getpwnam(self, name: str) -> pwd.struct_passwd:
        number = self.numbers[name]
        return pwd.struct_passwd((name, "x", number, number, "", "/", "/usr/sbin/nologin"))

    def run(self, command: list[str], **_: Any) -> None:
        assert command[0] == "useradd"
        if not self.can_add:
            raise FileNotFoundError(command[0])
        time.sleep(0.05)  # long enough for others to come in between
        self.added += 1
        self.numbers[command[-1]] = 1000 - self.added

    def installed(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Accounts:
        monkeypatch.setattr(server_user_module, "ACCOUNTS", folder)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(pwd, "getpwnam", self.getpwnam)
        monkeypatch.setattr(subprocess, "run", self.run)
        return self


def test_processes_that_start_at_once_make_one_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    accounts = Accounts("nobody").installed(monkeypatch, tmp_path)
    with ThreadPoolExecutor(4) as pool:
        users = list(pool.map(lambda _: server_user(), range(4)))
    assert accounts.added == 1
    assert {(user.pw_name, user.pw_uid) for user in users if user is not None} == {("pgserver", 999)}


def test_a_user_that_is_there_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    accounts = Accounts("pgserver").installed(monkeypatch, tmp_path)
    user = server_user()
    assert user is not None
    assert (user.pw_uid, accounts.added) == (900, 0)


def test_where_no_user_can_be_made_it_is_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Accounts("nobody", can_add=False).installed(monkeypatch, tmp_path)
    user = server_user()
    assert user is not None
    assert user.pw_name == "nobody"


def test_without_any_user_the_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Accounts(can_add=False).installed(monkeypatch, tmp_path)
    with pytest.raises(DatabaseUnavailable, match="Add one, run FindMe as an ordinary user"):
        server_user()


def test_who_is_not_root_runs_it_as_oneself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    accounts = Accounts().installed(monkeypatch, tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert server_user() is None
    assert accounts.added == 0


def test_where_nothing_can_be_locked_the_user_is_made_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    accounts = Accounts().installed(monkeypatch, tmp_path)

    def refuse(*_: Any) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert server_user() is not None
    assert accounts.added == 1
