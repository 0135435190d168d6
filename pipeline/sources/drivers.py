"""How fsspec's drivers are opened: up to date, and never waiting for a silent server for ever."""

from __future__ import annotations

from typing import Any

CONNECT_SECONDS = 10
SILENCE_SECONDS = 30  # between two pieces of an answer
KEEPALIVE_SECONDS = 15


def options(scheme: str) -> dict[str, Any]:
    """What a driver is opened with. Raises ImportError when it is missing."""
    if scheme == "s3":
        # Listings must be of now, not those of an hour ago; and a photo comes in one request.
        config = {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": SILENCE_SECONDS,
            "retries": {"mode": "standard", "total_max_attempts": 3},
        }
        return {"use_listings_cache": False, "max_concurrency": 1, "config_kwargs": config}
    if scheme in ("gs", "gcs"):
        from aiohttp import ClientTimeout

        limits = ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS)
        return {"use_listings_cache": False, "requests_timeout": limits}
    if scheme == "sftp":
        from pipeline.sources.known_hosts import KnownHosts

        steps = ("timeout", "banner_timeout", "auth_timeout", "channel_timeout")
        return {"host_key_policy": KnownHosts(), **dict.fromkeys(steps, CONNECT_SECONDS)}
    return {}


def limit(scheme: str, system: Any) -> None:
    """Sets the limits that a driver takes once it is there only."""
    if scheme == "s3":
        system.retries = 1  # the library below tries again, and each would multiply the other's tries
    elif scheme == "sftp":
        system.ftp.get_channel().settimeout(SILENCE_SECONDS)
        system.client.get_transport().set_keepalive(KEEPALIVE_SECONDS)
