"""The playground itself: a workspace, its servers, and the verbs that tests and the demo use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from flask import Flask

from bot.playground.acts import SLACKBOT, Acts, NamedBytes, Sent
from bot.playground.cdn import cdn_app
from bot.playground.deliveries import Ack, Deliveries, Envelope
from bot.playground.errors import PlaygroundError
from bot.playground.events import Events
from bot.playground.faults import Fault, Faults, How
from bot.playground.listening import Listener
from bot.playground.lookout import Lookout, Where, Who
from bot.playground.manifest import Manifest, read_manifest
from bot.playground.model import AppIdentity, Channel, Json, Kind, Message, Person, StoredFile, View
from bot.playground.recording import Recorder
from bot.playground.services import Grants, Services
from bot.playground.shapes import Shapes
from bot.playground.slack_host import add_slack_host
from bot.playground.sockets import SocketMode
from bot.playground.tickets import Tickets
from bot.playground.uploads import Uploads
from bot.playground.web import add_page
from bot.playground.workspace import Workspace

BOT_TOKEN = "xoxb-playground"  # noqa: S105  (opens nothing but this imitation)
APP_TOKEN = "xapp-playground"  # noqa: S105
SIGNING_SECRET = "playground-signing-secret"  # noqa: S105


class Playground(Lookout):
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

    # Running

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

    def wait_connected(self, timeout: float = 10.0, *, count: int = 1) -> bool:
        """Whether so many Socket Mode connections are open, waiting for them."""
        return self.sockets.wait_connected(timeout, count=count)

    def verify_url(self) -> bool:
        """The url_verification handshake of the Events API."""
        challenge = self.workspace.new_id("challenge")
        payload = {"token": self.app.verification_token, "challenge": challenge, "type": "url_verification"}
        ack = self.deliveries.send(Envelope("events_api", payload))
        told = ack.json.get("challenge") if isinstance(ack.json, dict) else ack.body.strip()
        return ack.ok and told == challenge

    # Seeding

    def add_user(
        self,
        name: str,
        *,
        avatar: bytes | None = None,
        real_name: str | None = None,
        id: str | None = None,  # noqa: A002  (Slack's word)
        admin: bool = False,
        bot: bool = False,
        deleted: bool = False,
        guest: bool = False,
        stranger: bool = False,
        has_picture: bool = True,
    ) -> Person:
        """A person with the handle `name`. avatar None: a generated one; has_picture False: none at all."""
        person = Person(
            id or self.workspace.new_id("U"),
            name,
            real_name or name.replace(".", " ").replace("_", " ").title(),
            is_admin=admin,
            is_bot=bot,
            deleted=deleted,
            is_guest=guest,
            is_stranger=stranger,
            avatar=avatar,
            has_picture=has_picture,
        )
        return self.workspace.save_person(person)

    def set_avatar(self, user: Who, avatar: bytes | None) -> Person:
        """Changes the profile picture; its addresses change too."""
        return self.workspace.save_person(replace(self.person(user), avatar=avatar))

    def add_channel(
        self,
        name: str = "",
        *,
        kind: Kind | str = Kind.PUBLIC,
        members: Sequence[Who] = (),
        bot_is_member: bool = True,
        id: str | None = None,  # noqa: A002  (Slack's word)
        archived: bool = False,
        restricted: str | None = None,
    ) -> Channel:
        """A conversation. restricted: the error that posting there meets, such as "restricted_action"."""
        kind = Kind(kind)
        ids = {self.person(member).id for member in members} | (
            {self.app.bot_user} if bot_is_member else set()
        )
        prefix = "D" if kind is Kind.DM else "C"
        channel = Channel(
            id or self.workspace.new_id(prefix), name, kind, frozenset(ids), archived, restricted
        )
        return self.workspace.save_channel(channel)

    def dm_with_bot(self, user: Who) -> Channel:
        """The DM between that person and the app, opened if need be."""
        return self.workspace.conversation_of(frozenset({self.person(user).id, self.app.bot_user}))

    def archive(self, channel: Where) -> Channel:
        return self.workspace.save_channel(replace(self.channel(channel), archived=True))

    def leave(self, user: Who, channel: Where) -> Channel:
        """Takes that person (or the bot) out of the channel."""
        return self.workspace.leave(self.channel(channel).id, self.person(user).id)

    # What people do

    def command(self, name: str, text: str = "", *, user: Who, channel: Where, times: int = 1) -> Ack:
        """Types a slash command and waits for its acknowledgement. times: how often it is delivered."""
        return self.acts.command(name, text, self.person(user), self.channel(channel), times=times)

    def say(
        self,
        user: Who,
        channel: Where,
        text: str = "",
        *,
        files: Sequence[NamedBytes] = (),
        thread_ts: str | None = None,
        times: int = 1,
    ) -> Sent:
        """Writes a message."""
        return self.acts.post(
            self.person(user), self.channel(channel), text, files=files, thread_ts=thread_ts, times=times
        )

    def mention(
        self,
        user: Who,
        channel: Where,
        text: str = "",
        files: Sequence[NamedBytes] = (),
        *,
        thread_ts: str | None = None,
        times: int = 1,
    ) -> Sent:
        """Writes a message that mentions the bot."""
        mention = f"<@{self.app.bot_user}>"
        text = text if mention in text else f"{mention} {text}".strip()
        return self.say(user, channel, text, files=files, thread_ts=thread_ts, times=times)

    def direct_message(
        self,
        user: Who,
        text: str = "",
        files: Sequence[NamedBytes] = (),
        *,
        thread_ts: str | None = None,
        times: int = 1,
    ) -> Sent:
        """Writes to the app in its DM."""
        return self.say(user, self.dm_with_bot(user), text, files=files, thread_ts=thread_ts, times=times)

    def edit(self, message: Message, text: str) -> Sent:
        """The author changes a message."""
        return self.acts.edit(message, text)

    def delete(self, message: Message) -> Sent:
        """The author deletes a message, and so its files."""
        return self.acts.delete(message)

    def delete_file(self, file: StoredFile) -> tuple[Ack, ...]:
        """The owner deletes a file."""
        return self.acts.delete_file(file)

    def join(self, user: Who, channel: Where) -> tuple[Ack, ...]:
        """Enters a channel; `join(playground.bot, ...)` is what /invite does."""
        return self.acts.join(self.person(user), self.channel(channel))

    def open_home(self, user: Who) -> tuple[Ack, ...]:
        """Opens the app's Home tab."""
        return self.acts.open_home(self.person(user))

    def click(
        self,
        user: Who,
        place: Message | View,
        action_id: str,
        *,
        value: str | None = None,
        state: Json | None = None,
    ) -> Ack:
        """Presses a button or picks an option."""
        return self.acts.click(self.person(user), place, action_id, value=value, state=state)

    def upload(self, user: Who, name: str, data: bytes) -> StoredFile:
        """Chooses a file for a form's field; its id goes into the values of `submit`."""
        return self.acts.upload(self.person(user), name, data)

    def submit(self, user: Who, view: View, values: Json | None = None) -> Ack:
        """Submits a modal; fields that are left out hold what they begin with."""
        return self.acts.submit(self.person(user), view, values or {})

    def event(self, event: Json, *, times: int = 1) -> tuple[Ack, ...]:
        """Delivers any event, subscribed or not."""
        return self.services.events.deliver(event, times=times)

    # Trouble to order

    def refuse(
        self,
        method: str,
        error: str = "internal_error",
        *,
        times: int | None = 1,
        retry_after: int | None = None,
    ) -> None:
        """The next calls answer {"ok": false, "error": error}; "ratelimited" as HTTP 429 with Retry-After.

        method: a Web API method, or "upload", "download", "response_url", "avatar". times None: until mend().
        """
        self.faults.add(method, Fault("refuse", error, times, retry_after))

    def fail(
        self, method: str, how: How = "http_500", *, times: int | None = 1, seconds: float = 0.0
    ) -> None:
        """The next calls meet an HTTP 500, a hang of `seconds` (then they are served), or a drop."""
        self.faults.add(method, Fault(how, times=times, seconds=seconds))

    def mend(self, method: str | None = None) -> None:
        """Ends the trouble of one method, or all of it."""
        self.faults.mend(method)

    def grant(self, *scopes: str) -> None:
        self.grants.scopes |= set(scopes)

    def revoke(self, *scopes: str) -> None:
        self.grants.scopes -= set(scopes)
