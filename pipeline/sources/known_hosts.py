"""Whom to trust over SSH: the hosts of ~/.ssh/known_hosts, and nobody else."""

from __future__ import annotations

from pathlib import Path

import paramiko


class UnknownHost(paramiko.SSHException):
    """The host is not among the known ones, or shows another key than it did."""


class KnownHosts(paramiko.MissingHostKeyPolicy):
    """Refuses a host whose key ~/.ssh/known_hosts does not hold.

    fsspec's driver would otherwise trust whoever answers, and it knows no file of known hosts itself.
    """

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002
        """Called by paramiko for every host; `hostname` is `[host]:port` where the port is not 22."""
        file = Path("~/.ssh/known_hosts").expanduser()
        known = paramiko.HostKeys(str(file)) if file.exists() else paramiko.HostKeys()
        if not known.check(hostname, key):
            raise UnknownHost(hostname)
