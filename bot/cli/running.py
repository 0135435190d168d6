"""What goes on until it is stopped: `findme serve`, `worker`, `playground`; and `findme demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.settings import load_settings

Port = Annotated[
    int | None,
    typer.Option(
        "--http", min=0, max=65_535, metavar="PORT", help="HTTP on this port instead of Socket Mode."
    ),
]


def serve(
    http: Port = None,
    host: Annotated[str, typer.Option(help="Address to listen on, for HTTP.")] = "127.0.0.1",
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Run a worker for /index-event beside the bot.")
    ] = True,
) -> None:
    """Run the bot: Socket Mode when SLACK_APP_TOKEN is set, else HTTP on /slack/events."""
    from bot.running import serve_bot

    serve_bot(load_settings(), http, host, worker=worker)


def worker(
    processes: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many processes; default: one a processor.")
    ] = None,
) -> None:
    """Run indexing jobs; as many as you like, on as many machines as you like."""
    from bot.working import default_processes, run_workers

    run_workers(load_settings(), processes or default_processes())


def playground(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of the page; 0: any free one.")] = 8899,
) -> None:
    """The bot with a local imitation of Slack and its web page, to click through."""
    from bot.demo.tour import run_playground

    run_playground(load_settings(), port)


def demo(
    photos: Annotated[Path | None, typer.Option(help="A folder with your own photos.")] = None,
    avatar: Annotated[Path | None, typer.Option(help="A photo of the person to find in them.")] = None,
) -> None:
    """The whole path without a Slack workspace: index, /findme, images in the thread."""
    from bot.demo.tour import run_demo

    if (photos is None) != (avatar is None):
        raise typer.BadParameter("--photos and --avatar go together.")
    run_demo(load_settings(), photos, avatar)
