"""What people do in the workspace, and what the app hears of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.playground.deliveries import Ack, Deliveries, Envelope
from bot.playground.errors import SlackRefusal
from bot.playground.escaping import escape
from bot.playground.inputs import check_required, state_values
from bot.playground.model import Channel, Json, Kind, Message, Person, StoredFile, View
from bot.playground.responses import say
from bot.playground.services import Services
from bot.playground.tickets import ResponseUrl
from bot.playground.uploads import sniff

NamedBytes = tuple[str, bytes]  # (file name, content)
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True)
class Sent:
    """A message that a person sent, and the app's answers to the events of it."""

    message: Message
    acks: tuple[Ack, ...]

    @property
    def ts(self) -> str:
        return self.message.ts

    @property
    def channel(self) -> str:
        return self.message.channel


class Acts:
    """Commands, messages, clicks."""

    def __init__(self, services: Services, deliveries: Deliveries) -> None:
        self._services = services
        self._deliveries = deliveries

    # Commands

    def command(self, name: str, text: str, person: Person, channel: Channel, *, times: int = 1) -> Ack:
        """Types `name text` and waits for the first acknowledgement; `times` > 1 delivers the same again."""
        known = self._services.manifest.command(name)
        target = ResponseUrl(channel.id, person.id, 0.0)
        if known is None:
            self._slackbot(target, f"{name} is not a valid command.")
            return Ack(0, "", 0.0, "unknown_command")
        if known.should_escape:
            text = escape(text, self._services.workspace.people(), self._visible(person), labels=True)
        envelope = Envelope("slash_commands", self._command_form(name, text, person, channel))
        acks = [self._deliveries.send(envelope) for _ in range(times)]
        for ack in acks:
            self._show(ack, name, target)
        return acks[0]

    def _command_form(self, name: str, text: str, person: Person, channel: Channel) -> Json:
        app, tickets = self._services.app, self._services.tickets
        names = {
            Kind.DM: "directmessage",
            Kind.PRIVATE: "privategroup",
            Kind.GROUP_DM: f"mpdm-{channel.name}-1",
        }
        return {
            "token": app.verification_token,
            "team_id": app.team_id,
            "team_domain": app.team_name.lower(),
            "channel_id": channel.id,
            "channel_name": names.get(channel.kind, channel.name),
            "user_id": person.id,
            "user_name": person.name,
            "command": name,
            "text": text,
            "api_app_id": app.app_id,
            "is_enterprise_install": "false",
            "response_url": self._response_url(channel.id, person.id),
            "trigger_id": tickets.new_trigger(person.id),
        }

    def _response_url(self, channel: str, user: str, **fields: Any) -> str:
        key = self._services.tickets.new_response_url(channel, user, **fields)
        return f"{self._services.slack_url()}/commands/{self._services.app.team_id}/{key}"

    def _show(self, ack: Ack, name: str, target: ResponseUrl) -> None:
        """Slack shows what the acknowledgement says, or that there was none."""
        if not ack.ok:
            error = "operation_timeout" if ack.error == "timeout" else "dispatch_failed"
            self._slackbot(target, f'{name} failed with the error "{error}"')
            return
        body = ack.json if isinstance(ack.json, dict) else {"text": ack.body}
        try:
            if body.get("text") or body.get("blocks"):
                say(self._services, target, body)
        except SlackRefusal:
            self._slackbot(target, f'{name} failed with the error "invalid_command_response"')

    def _slackbot(self, target: ResponseUrl, text: str) -> None:
        self._services.workspace.post(target.channel, SLACKBOT, text, visible_to=target.user)

    def _visible(self, person: Person) -> list[Channel]:
        channels = self._services.workspace.channels()
        return [c for c in channels if c.kind is Kind.PUBLIC or person.id in c.members]

    # Messages

    def post(
        self,
        person: Person,
        channel: Channel,
        text: str,
        *,
        files: Sequence[NamedBytes] = (),
        thread_ts: str | None = None,
        times: int = 1,
    ) -> Sent:
        """Writes a message; the app hears of it if it is there and subscribed."""
        workspace = self._services.workspace
        text = escape(text, workspace.people(), self._visible(person), labels=False)
        stored = [self._store(person, name, data) for name, data in files]
        message = workspace.post(
            channel.id,
            person.id,
            text,
            files=tuple(file.id for file in stored),
            thread_ts=thread_ts,
            subtype="file_share" if stored else None,
        )
        return self._tell(message, self._services.events.of_message(message), times)

    def edit(self, message: Message, text: str) -> Sent:
        """The author changes the text; app_mention fires again, as in Slack."""
        text = escape(
            text, self._services.workspace.people(), self._services.workspace.channels(), labels=False
        )
        after = self._services.workspace.save_message(replace(message, text=text, edited=True))
        return self._tell(after, self._services.events.of_edit(message, after), 1)

    def delete(self, message: Message) -> Sent:
        """The author deletes a message; files that it alone shows go with it.

        What begins a thread leaves a tombstone.
        """
        workspace = self._services.workspace
        events = self._services.events.of_deletion(message)
        for file in message.files:
            if not workspace.unshare(file, message):
                events += self._gone(file)
        if len(workspace.thread(message.channel, message.ts)) > 1 and not message.is_reply:
            stone = replace(
                message,
                text="This message was deleted.",
                user=SLACKBOT,
                files=(),
                blocks=(),
                subtype="tombstone",
            )
            workspace.save_message(stone)
        else:
            workspace.remove_message(message.channel, message.ts)
        return self._tell(message, events, 1)

    def delete_file(self, file: StoredFile) -> tuple[Ack, ...]:
        """The owner deletes a file; messages keep its tombstone."""
        return tuple(ack for event in self._gone(file.id) for ack in self._services.events.deliver(event))

    def _gone(self, file_id: str) -> list[Json]:
        workspace = self._services.workspace
        file = workspace.file(file_id)
        if file is None or file.deleted:
            return []
        workspace.save_file(replace(file, deleted=True, data=b""))
        return self._services.events.of_file_deletion(file)

    def join(self, person: Person, channel: Channel) -> tuple[Ack, ...]:
        """Enters the channel; also how somebody invites the bot."""
        after = self._services.workspace.join(channel.id, person.id)
        acks: list[Ack] = []
        for event in self._services.events.of_join(after, person.id):
            acks += self._services.events.deliver(event)
        return tuple(acks)

    def _tell(self, message: Message, events: list[Json], times: int) -> Sent:
        acks: list[Ack] = []
        for event in events:
            acks += self._services.events.deliver(event, times=times)
        return Sent(message, tuple(acks))

    def upload(self, person: Person, name: str, data: bytes) -> StoredFile:
        """Uploads a file for a form's field; it is shared nowhere, and the app has it from the form alone."""
        return self._store(person, name, data)

    def _store(self, person: Person, name: str, data: bytes) -> StoredFile:
        workspace = self._services.workspace
        file = StoredFile(
            workspace.new_id("F"), name, name, person.id, data, sniff(data, name), created=int(time.time())
        )
        return workspace.save_file(file)

    # Interactions

    def open_home(self, person: Person) -> tuple[Ack, ...]:
        """Opens the app's Home tab."""
        if not self._services.grants.subscribed("app_home_opened"):
            return ()
        workspace, app = self._services.workspace, self._services.app
        dm = workspace.conversation_of(frozenset({person.id, app.bot_user}))
        event = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": dm.id,
            "tab": "home",
            "event_ts": workspace.new_ts(),
        }
        return self._services.events.deliver(event)

    def click(
        self,
        person: Person,
        place: Message | View,
        action_id: str,
        *,
        value: str | None = None,
        state: Json | None = None,
    ) -> Ack:
        """Presses a button (or picks `value` in a menu) of a message or view."""
        blocks = place.blocks if isinstance(place, Message) else tuple(place.view.get("blocks", []))
        block, element = find_element(blocks, action_id, value)
        action = {
            **_chosen(element, value),
            "block_id": block.get("block_id"),
            "action_ts": f"{time.time():.6f}",
        }
        payload = self._interaction("block_actions", person) | {
            "trigger_id": self._services.tickets.new_trigger(person.id),
            "actions": [action],
        }
        if isinstance(place, Message):
            payload |= {"state": {"values": state or {}}} | self._message_context(person, place)
        else:
            given = dict(state or {})
            if block.get("type") == "input":
                given[str(block.get("block_id"))] = {action_id: _chosen(element, value)}
            payload |= {"container": {"type": "view", "view_id": place.id}, "view": self._view(place, given)}
        return self._deliveries.send(Envelope("interactive", payload))

    def submit(self, person: Person, view: View, values: Json) -> Ack:
        """Submits a modal with `values` = {block_id: {action_id: {...}}}; it closes if the app agrees.

        Fields that are left out hold what they begin with. Raises PlaygroundError for an empty one that is
        required.
        """
        check_required(view.view, self._state(view, values))
        payload = self._interaction("view_submission", person) | {
            "trigger_id": self._services.tickets.new_trigger(person.id),
            "view": self._view(view, values),
            "response_urls": [],
        }
        ack = self._deliveries.send(Envelope("interactive", payload))
        answer = ack.json if isinstance(ack.json, dict) else {}
        action = answer.get("response_action")
        if ack.ok and action == "update":
            self._services.workspace.save_view(replace(view, view=answer["view"]))
        elif ack.ok and action == "push":
            pushed = View(self._services.workspace.new_id("V"), person.id, answer["view"], "0", view.id)
            self._services.workspace.save_view(pushed)
        elif ack.ok and action != "errors":
            self._services.workspace.close_view(view.id)
        return ack

    def _interaction(self, type_: str, person: Person) -> Json:
        app = self._services.app
        return {
            "type": type_,
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": app.team_id},
            "api_app_id": app.app_id,
            "token": app.verification_token,
            "team": {"id": app.team_id, "domain": app.team_name.lower()},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _message_context(self, person: Person, message: Message) -> Json:
        channel = self._services.workspace.channel(message.channel)
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": message.visible_to is not None,
        }
        if message.is_reply:
            container["thread_ts"] = message.thread_ts
        url = self._response_url(
            message.channel, person.id, message_ts=message.ts, thread_ts=message.thread_ts
        )
        context: Json = {
            "container": container,
            "channel": {"id": message.channel, "name": channel.name if channel else ""},
            "response_url": url,
        }
        if message.visible_to is None:
            context["message"] = self._services.shapes.message(message)
        return context

    def _view(self, view: View, values: Json | None) -> Json:
        return self._services.shapes.view(view, self._state(view, values or {}))

    def _state(self, view: View, values: Json) -> Json:
        def give(file_id: str) -> Json | None:
            file = self._services.workspace.file(file_id)
            if file is None:
                return None
            return self._services.shapes.file(self._services.workspace.save_file(replace(file, given=True)))

        return state_values(view.view, values, give)


def find_element(blocks: Sequence[Json], action_id: str, value: str | None = None) -> tuple[Json, Json]:
    """The block and the element with that action_id (and value, where several share it). Raises KeyError."""
    for block in blocks:
        others = [block[key] for key in ("accessory", "element") if block.get(key)]
        for element in [*block.get("elements", []), *others]:
            if element.get("action_id") != action_id:
                continue
            if value is None or element.get("type") != "button" or element.get("value") == value:
                return block, element
    raise KeyError(f"no element with action_id {action_id!r}" + (f" and value {value!r}" if value else ""))


def _chosen(element: Json, value: str | None) -> Json:
    """The `actions` entry of an element."""
    entry: Json = {
        key: element[key] for key in ("type", "action_id", "value", "text", "url", "style") if key in element
    }
    options = element.get("options") or []
    picked = next((option for option in options if option.get("value") == value), None)
    if picked is not None:
        entry["selected_option"] = picked
    elif element.get("type", "").endswith("users_select") and value:
        entry["selected_user"] = value
    elif element.get("type") == "conversations_select" and value:
        entry["selected_conversation"] = value
    return entry
