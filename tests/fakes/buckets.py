"""A local S3: moto's server, over real HTTP, with the real S3 client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer


@contextmanager
def running_s3() -> Iterator[str]:
    """Runs it; gives its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
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
