"""A small local Slack: for the demo, for trying the bot, for the tests. It imitates; it is not Slack.

Imitated: the Web API methods that the bot uses, with Slack's shapes, scopes and refusals; uploads in
three steps whose shares appear later; private files that answer strangers with a login page; avatars on
another host; signed commands, events and interactions with retries; response_url; trigger ids; Socket
Mode; Block Kit's limits; a page for people.

Not imitated: rate limits by themselves (order them with `refuse`), OAuth and installing, several
workspaces, Slack Connect but for the stubs of its files, user groups, search, presence, formatting beyond
mrkdwn's basics. What Slack's documentation leaves open is answered on the strict side: an unknown thread
is refused, and so are bytes of another length than was announced.
"""

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
