"""What the Web API's methods work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.events import Events
from bot.playground.faults import Faults
from bot.playground.manifest import Manifest
from bot.playground.model import AppIdentity
from bot.playground.pacing import Pacing
from bot.playground.shapes import Shapes
from bot.playground.sockets import SocketMode
from bot.playground.tickets import Tickets
from bot.playground.uploads import Uploads
from bot.playground.workspace import Workspace


@dataclass
class Grants:
    """What the app may do; a test may change it while the playground runs."""

    scopes: frozenset[str]
    events: frozenset[str] | None  # None: every event
    messages_tab: bool = True
    revoked: bool = False  # True: the bot token is no longer good

    def subscribed(self, event: str) -> bool:
        return self.events is None or event in self.events


@dataclass(frozen=True)
class Services:
    """The parts of one playground."""

    workspace: Workspace
    app: AppIdentity
    manifest: Manifest
    grants: Grants
    faults: Faults
    pacing: Pacing
    shapes: Shapes
    tickets: Tickets
    uploads: Uploads
    events: Events
    sockets: SocketMode
    slack_url: Callable[[], str]
