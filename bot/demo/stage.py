"""The demo's stage: the real bot on a local imitation of Slack, in this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from waitress.server import create_server

from bot.app import build_app
from bot.playground.model import Channel, Person
from bot.playground.server import BOT_TOKEN, SIGNING_SECRET, Playground
from bot.serve import wsgi_app
from bot.settings import Settings
from bot.wiring import open_finder, source_opener
from pipeline.finder import PhotoFinder

CHANNEL = "crab-week"


@dataclass(frozen=True)
class Stage:
    """What plays together."""

    slack: Playground
    finder: PhotoFinder
    channel: Channel
    people: Mapping[str, Person]  # by name
    results: int  # images a reply, at most


@contextmanager
def stage(
    folder: Path, avatars: Mapping[str, Path], *, roots: tuple[Path, ...] = (), port: int = 0
) -> Iterator[Stage]:
    """A workspace whose people have these avatars, the bot in their channel, and a finder on `folder`.

    The first person is an admin. `port`: of the playground's page, 0 for any free one.
    """
    with Playground().start(port) as slack:
        settings = _settings(folder, slack.api_url, roots)
        people = {
            name: slack.add_user(name, avatar=file.read_bytes(), admin=not number)
            for number, (name, file) in enumerate(avatars.items())
        }
        channel = slack.add_channel(CHANNEL, members=list(people.values()))
        with open_finder(settings) as finder, _bot(settings, finder) as events_url:
            slack.connect(events_url)
            yield Stage(slack, finder, channel, people, settings.results)


def _settings(folder: Path, api_url: str, roots: tuple[Path, ...]) -> Settings:
    """Settings of the demo's own: neither the environment nor `.env` reach it."""
    return Settings.model_construct(
        slack_bot_token=SecretStr(BOT_TOKEN),
        slack_signing_secret=SecretStr(SIGNING_SECRET),
        slack_api_url=api_url,
        data_dir=folder,
        photo_roots=roots,
    )


@contextmanager
def _bot(settings: Settings, finder: PhotoFinder) -> Iterator[str]:
    """The real bot behind the real WSGI server on a free port; yields where Slack sends events."""
    finder.recognizers.warm()
    bot = build_app(settings, finder, open_source=source_opener(settings))
    door = socket.create_server(("127.0.0.1", 0))
    server: Any = create_server(wsgi_app(bot), sockets=[door], threads=16, ident=None)
    thread = threading.Thread(target=server.run, name="bot", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}/slack/events"
    finally:
        bot.close()
        server.trigger.pull_trigger(server.close)  # in the server's own thread: another would pull the rug
        thread.join(5)
