"""A local SSH server that gives a folder over SFTP to one key's owner."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko


@dataclass(frozen=True)
class SSH:
    """Where it listens, and the line of known_hosts that says so."""

    host: str  # with the port, as in an address
    known: str


@contextmanager
def serving(folder: Path, owner: paramiko.PKey) -> Iterator[SSH]:
    """Serves the folder as `/` on a port of its own."""
    host_key = paramiko.ECDSAKey.generate()
    listener = socket.create_server(("127.0.0.1", 0))
    transports: list[paramiko.Transport] = []

    def answer() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                transport = paramiko.Transport(connection)
                transports.append(transport)
                transport.add_server_key(host_key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, folder)
                with suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=_Login(owner))

    threading.Thread(target=answer, daemon=True).start()
    port = listener.getsockname()[1]
    try:
        yield SSH(f"127.0.0.1:{port}", f"[127.0.0.1]:{port} {host_key.get_name()} {host_key.get_base64()}\n")
    finally:
        listener.close()
        for transport in transports:
            transport.close()


class _Login(paramiko.ServerInterface):
    def __init__(self, owner: paramiko.PKey) -> None:
        self._owner = owner

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        known = username == "anna" and key == self._owner
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED

    def get_allowed_auths(self, _username: str) -> str:
        return "publickey"

    def check_channel_request(self, _kind: str, _chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, server: Any, folder: Path) -> None:
        super().__init__(server)
        self._folder = folder

    def _path(self, path: str) -> Path:
        return self._folder / self.canonicalize(path).lstrip("/")

    def list_folder(self, path: str) -> Any:
        try:
            found = list(self._path(path).iterdir())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        return [paramiko.SFTPAttributes.from_stat(file.lstat(), file.name) for file in found]

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, _attr: Any) -> Any:
        writes = bool(flags & (os.O_WRONLY | os.O_RDWR))
        try:
            file = self._path(path).open("wb" if writes else "rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        handle = paramiko.SFTPHandle(os.O_WRONLY if writes else os.O_RDONLY)
        handle.writefile = handle.readfile = file
        return handle

    def mkdir(self, path: str, _attr: Any) -> int:
        return self._done(lambda: self._path(path).mkdir())

    def remove(self, path: str) -> int:
        return self._done(lambda: self._path(path).unlink())

    def rmdir(self, path: str) -> int:
        return self._done(lambda: self._path(path).rmdir())

    def posix_rename(self, old: str, new: str) -> int:
        return self._done(lambda: self._path(old).replace(self._path(new)))

    def _done(self, act: Callable[[], object]) -> int:
        try:
            act()
        except OSError as error:
            return int(paramiko.SFTPServer.convert_errno(error.errno or 0))
        return paramiko.SFTP_OK
