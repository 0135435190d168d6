"""A workspace with the real bot in it, and what a person would look for there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import words
from bot.app import Bot, build_app
from bot.indexer import Indexer
from bot.playground import BOT_TOKEN, SIGNING_SECRET, Ack, Channel, Message, Person, Playground
from bot.playground.listening import Listener
from bot.serve import wsgi_app
from bot.settings import Settings
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from tests.acceptance import portraits
from tests.workers import wait_for

CRABS, CHEFS = "C0CRABS", "G0CHEFS"  # the channels that the indexed events belong to
CRAB_WEEK, CHEFS_DINNER, GALA = "crab-week", "chefs-dinner", "gala"  # of CRABS, of CHEFS, of the workspace

ACK_SECONDS = 60.0  # Slack waits for 3; what a slow machine takes is no failure
ACKNOWLEDGEMENTS = (words.ONE_MOMENT, "Looking for ")  # what a command says at once, before its answer

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

    _heard: dict[str, list[Message]] = field(default_factory=dict)  # by person: before the latest command

    def find(self, text: str = "", *, user: Person | None = None, channel: Channel | None = None) -> Ack:
        """Types /findme; by default Eileen does, in #crabs."""
        return self._type("/findme", text, user or self.eileen, channel or self.crabs)

    def index(self, text: str = "", *, user: Person | None = None, channel: Channel | None = None) -> Ack:
        """Types /index-event; by default Eileen does, an admin, in #crabs."""
        return self._type("/index-event", text, user or self.eileen, channel or self.crabs)

    def _type(self, name: str, text: str, user: Person, channel: Channel) -> Ack:
        self._heard[user.id] = self.slack.ephemerals(user)
        ack = self.slack.command(name, text, user=user, channel=channel)
        assert ack.ok, ack
        return ack

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

    def told(self, said: str, *, user: Person | None = None) -> Message:
        """The private message to that person (Eileen) that contains the words, waiting for it.

        It answers their latest command: earlier messages do not count, nor does an acknowledgement.
        """
        person = user or self.eileen
        return self.slack.wait_for(lambda: next((m for m in self._answers(person) if said in m.text), None))

    def _answers(self, person: Person) -> list[Message]:
        heard = self._heard.get(person.id, [])
        new = (message for message in self.slack.ephemerals(person) if message not in heard)
        return [message for message in new if not message.text.startswith(ACKNOWLEDGEMENTS)]

    def replied(self, channel: Channel, thread: str, said: str) -> Message:
        """The bot's reply in a thread that contains the words, waiting for it."""
        return self.slack.wait_for(
            lambda: next(
                (
                    m
                    for m in self.slack.thread(channel, thread)
                    if m.user == self.slack.bot.id and said in m.text
                ),
                None,
            )
        )

    def settle(self) -> None:
        """Waits until the bot has nothing left to do."""
        wait_for(lambda: self.bot.idle)

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
    with slack or Playground(share_seconds=0) as workspace:
        workspace.deliveries.ack_seconds = ACK_SECONDS
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
