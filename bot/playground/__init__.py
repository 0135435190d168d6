"""A small local Slack: for the demo, for trying the bot, for the tests. It imitates; it is not Slack."""

from __future__ import annotations

from bot.playground.acts import Sent
from bot.playground.deliveries import Ack
from bot.playground.model import Channel, Kind, Message, Person, StoredFile, View
from bot.playground.server import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Playground

__all__ = [
    "APP_TOKEN",
    "BOT_TOKEN",
    "SIGNING_SECRET",
    "Ack",
    "Channel",
    "Kind",
    "Message",
    "Person",
    "Playground",
    "Sent",
    "StoredFile",
    "View",
]
