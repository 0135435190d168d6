"""The playground itself: a workspace and its servers; tests and the demo use its verbs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from flask import Flask

from bot.playground.acts import SLACKBOT, Acts
from bot.playground.cdn import cdn_app
from bot.playground.deeds import Deeds
from bot.playground.deliveries import Deliveries, Envelope
from bot.playground.errors import PlaygroundError
from bot.playground.events import Events
from bot.playground.faults import Faults
from bot.playground.listening import Listener
from bot.playground.lookout import PATIENCE_SECONDS
from bot.playground.manifest import Manifest, read_manifest
from bot.playground.model import AppIdentity, Person
from bot.playground.pacing import Pacing
from bot.playground.recording import Recorder
from bot.playground.services import Grants, Services
from bot.playground.shapes import Shapes
from bot.playground.slack_host import add_slack_host
from bot.playground.sockets import SocketMode
from bot.playground.tickets import Tickets
from bot.playground.trouble import Trouble
from bot.playground.uploads import Uploads
from bot.playground.web import add_page
from bot.playground.workspace import Workspace

BOT_TOKEN = "xoxb-playground"  # noqa: S105  (opens nothing but this imitation)
APP_TOKEN = "xapp-playground"  # noqa: S105
SIGNING_SECRET = "playground-signing-secret"  # noqa: S105


class Playground(Deeds, Trouble):
    """A small local Slack on 127.0.0.1: Web API, deliveries, and a page to click through.

    It imitates what FindMe meets, refusals included; it is no Slack. Each module says what it checks.

    >>> with Playground() as slack:
    ...     slack.connect("http://127.0.0.1:3000/slack/events")
    ...     ada, crew = slack.add_user("ada"), slack.add_channel("crew", members=["ada"])
    ...     slack.command("/findme", "@ada", user=ada, channel=crew)
    """

    def __init__(
        self,
        *,
        scopes: Iterable[str] | None = None,
        events: Iterable[str] | None = None,
        manifest: Manifest | Path | None = None,
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        signing_secret: str = SIGNING_SECRET,
        share_seconds: float | None = None,
    ) -> None:
        """Scopes and events come from `manifest` (default: the project's manifest.yml) unless they are given.

        share_seconds: how long uploaded files stay invisible; 0 shows them at once.
        """
        known = manifest if isinstance(manifest, Manifest) else read_manifest(manifest)
        self.app = AppIdentity(bot_token, app_token, signing_secret, name=known.bot_name)
        self.workspace = Workspace()
        self.grants = Grants(
            frozenset(known.scopes if scopes is None else scopes),
            frozenset(known.events if events is None else events),
            known.messages_tab,
        )
        self.faults = Faults()
        self.pacing = Pacing()
        self.tickets = Tickets()
        self.sockets = SocketMode(self.app.app_id)
        self.deliveries = Deliveries(signing_secret, self.sockets.send, self.workspace.touch)
        shapes = Shapes(self.workspace, self.app, lambda: self.url, lambda: self.cdn_url)
        happenings = Events(
            self.workspace, self.app, shapes, self.deliveries, lambda e: self.grants.subscribed(e)
        )
        self.uploads = Uploads(self.workspace, self.app, happenings.announce_own)
        if share_seconds is not None:
            self.uploads.share_seconds = share_seconds
        self.services = Services(
            self.workspace,
            self.app,
            known,
            self.grants,
            self.faults,
            self.pacing,
            shapes,
            self.tickets,
            self.uploads,
            happenings,
            self.sockets,
            lambda: self.url,
        )
        self.acts = Acts(self.services, self.deliveries)
        self._recorder, self._cdn_recorder = Recorder(self.workspace.touch), Recorder(self.workspace.touch)
        self._slack: Listener | None = None
        self._cdn: Listener | None = None
        self.bot = self.workspace.save_person(
            Person(self.app.bot_user, self.app.name, known.display_name, is_bot=True)
        )
        self.workspace.save_person(Person(SLACKBOT, "slackbot", "Slackbot", is_bot=True))

    def start(self, port: int = 0) -> Self:
        """Serves on 127.0.0.1:port (0: any free one), with the avatar CDN on a port of its own."""
        web = Flask(__name__)
        add_slack_host(web, self.services, self._recorder)
        add_page(web, self.services, self.acts)
        self._slack = Listener(web, port)
        self._cdn = Listener(cdn_app(self.services, self._cdn_recorder))
        return self

    def close(self) -> None:
        """Ends every server and every delivery that is still to be repeated."""
        self.deliveries.close()
        self.uploads.close()
        self.sockets.close()
        for listener in (self._slack, self._cdn):
            if listener is not None:
                listener.close()
        self._slack = self._cdn = None

    def __enter__(self) -> Self:
        return self if self._slack else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Slack's host: no slash at the end."""
        if self._slack is None:
            raise PlaygroundError("The playground is not running: call start() first.")
        return f"http://127.0.0.1:{self._slack.port}"

    @property
    def api_url(self) -> str:
        """What SLACK_API_URL should be."""
        return f"{self.url}/api/"

    @property
    def web_url(self) -> str:
        """The page for people."""
        return f"{self.url}/"

    @property
    def cdn_url(self) -> str:
        """The avatars' host: another name and another port than Slack's, on the same machine."""
        if self._cdn is None:
            raise PlaygroundError("The playground is not running: call start() first.")
        return f"http://localhost:{self._cdn.port}"

    def connect(self, events_url: str) -> None:
        """Sends commands, events and interactions there; without this they go to Socket Mode connections."""
        self.deliveries.url = events_url

    def wait_connected(self, timeout: float = PATIENCE_SECONDS, *, count: int = 1) -> bool:
        """Whether so many Socket Mode connections are open, waiting for them."""
        return self.sockets.wait_connected(timeout, count=count)

    def verify_url(self) -> bool:
        """The url_verification handshake of the Events API."""
        challenge = self.workspace.new_id("challenge")
        payload = {"token": self.app.verification_token, "challenge": challenge, "type": "url_verification"}
        ack = self.deliveries.send(Envelope("events_api", payload))
        told = ack.json.get("challenge") if isinstance(ack.json, dict) else ack.body.strip()
        return ack.ok and told == challenge
