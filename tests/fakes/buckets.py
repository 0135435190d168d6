"""A local S3: moto's server, over real HTTP, with the real S3 client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer


class S3Server:
    """Runs it; what it holds outlasts a stop, for as long as this process lives."""

    def __init__(self) -> None:
        """Starts it."""
        self._port = 0
        self.start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Starts it again, at the same address."""
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self._port, verbose=False)
        self._server.start()
        _, self._port = self._server.get_host_and_port()

    def stop(self) -> None:
        """Makes it refuse every connection."""
        listening = self._server._server
        self._server.stop()
        if listening is not None:
            listening.server_close()


@contextmanager
def running_s3() -> Iterator[str]:
    """Runs it; gives its address."""
    server = S3Server()
    try:
        yield server.address
    finally:
        server.stop()


def client(address: str) -> Any:
    """An S3 client of that server."""
    return boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id="me",
        aws_secret_access_key="s3cr3t",
        region_name="us-east-1",
    )
