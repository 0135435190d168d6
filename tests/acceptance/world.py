"""A workspace with the real bot in it, and what a person would look for there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import Bot, build_app
from bot.indexer import Indexer
from bot.playground import BOT_TOKEN, SIGNING_SECRET, Channel, Message, Person, Playground
from bot.playground.listening import Listener
from bot.serve import wsgi_app
from bot.settings import Settings
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from tests.acceptance import portraits

CRABS, CHEFS = "C0CRABS", "G0CHEFS"  # the channels that the indexed events belong to
CRAB_WEEK, CHEFS_DINNER, GALA = "crab-week", "chefs-dinner", "gala"  # of CRABS, of CHEFS, of the workspace

Image = tuple[str, str, bytes]  # file name, title, content


@dataclass
class World:
    """The workspace, its people, and the bot."""

    slack: Playground
    bot: Bot
    grace: Person
    eileen: Person  # a workspace admin
    crabs: Channel  # public; Grace and Eileen are in it
    town: Channel  # public, without an event of its own

    def find(self, text: str = "", *, user: Person | None = None, channel: Channel | None = None) -> Any:
        """Types /findme; by default Eileen does, in #crabs."""
        return self.slack.command("/findme", text, user=user or self.eileen, channel=channel or self.crabs)

    def parent(self, channel: Channel, start: str = "") -> Message:
        """The bot's message in that channel that contains `start`, waiting for it."""
        return self.slack.wait_for(
            lambda: next(
                (
                    message
                    for message in self.slack.messages(channel)
                    if message.user == self.slack.bot.id and start in message.text
                ),
                None,
            )
        )

    def images(self, channel: Channel, thread: str) -> list[Image]:
        """The files that the bot has put into a thread, waiting for the first."""
        return self.slack.wait_for(lambda: self._images(channel, thread))

    def _images(self, channel: Channel, thread: str) -> list[Image]:
        replies = [m for m in self.slack.thread(channel, thread) if m.user == self.slack.bot.id]
        return self.slack.images(*replies)

    def told(self, words: str, *, user: Person | None = None) -> Message:
        """The private message to that person (Eileen) that contains the words, waiting for it."""
        person = user or self.eileen
        return self.slack.wait_for(
            lambda: next((m for m in self.slack.ephemerals(person) if words in m.text), None)
        )

    def replied(self, channel: Channel, thread: str, words: str) -> Message:
        """The bot's reply in a thread that contains the words, waiting for it."""
        return self.slack.wait_for(
            lambda: next(
                (
                    m
                    for m in self.slack.thread(channel, thread)
                    if m.user == self.slack.bot.id and words in m.text
                ),
                None,
            )
        )

    def settle(self) -> None:
        """Waits until the bot has nothing left to do."""
        for _ in range(3000):
            if self.bot.idle:
                return
            time.sleep(0.01)
        raise TimeoutError("the bot is still at work after half a minute")

    def posted(self) -> list[Message]:
        """All that the bot has posted in channels, threads and DMs; what it told privately left out."""
        return [
            message
            for channel in self.slack.workspace.channels()
            for message in self.slack.workspace.messages(channel.id)
            if message.user == self.slack.bot.id and message.visible_to is None
        ]


@contextmanager
def world(
    finder: PhotoFinder,
    slack: Playground | None = None,
    *,
    open_source: Callable[[str], Any] | None = None,
    indexer: Indexer | None = None,
    **settings: str,
) -> Iterator[World]:
    """The bot on these settings in a workspace of its own, reached over signed HTTP."""
    with slack or Playground(share_seconds=0.05) as workspace:
        values = {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": workspace.api_url,
            **settings,
        }
        bot = build_app(
            Settings(_env_file=None, **values), finder, open_source=open_source or _folder, indexer=indexer
        )
        server = Listener(wsgi_app(bot))
        try:
            workspace.connect(f"http://127.0.0.1:{server.port}/slack/events")
            yield _furnish(workspace, bot)
        finally:
            workspace.mend()
            bot.close()
            server.close()


def _furnish(slack: Playground, bot: Bot) -> World:
    grace = slack.add_user("grace", avatar=portraits.jpeg(portraits.grace()))
    eileen = slack.add_user("eileen", avatar=portraits.jpeg(portraits.eileen()), admin=True)
    crabs = slack.add_channel("crabs", id=CRABS, members=[grace, eileen])
    return World(slack, bot, grace, eileen, crabs, slack.add_channel("town", members=[grace, eileen]))


def _folder(uri: str) -> FolderSource:
    return FolderSource(Path(uri))
