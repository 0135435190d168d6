"""Events: what Slack tells the app about messages, members and the Home tab."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

from bot.playground.deliveries import Ack, Deliveries
from bot.playground.model import AppIdentity, Channel, Json, Kind, Message, StoredFile
from bot.playground.shapes import Shapes
from bot.playground.workspace import Workspace

_TYPES = {
    Kind.PUBLIC: ("channel", "message.channels"),
    Kind.PRIVATE: ("group", "message.groups"),
    Kind.DM: ("im", "message.im"),
    Kind.GROUP_DM: ("mpim", "message.mpim"),
}


class Events:
    """Builds the events that the app has subscribed to, and delivers them."""

    def __init__(
        self,
        workspace: Workspace,
        app: AppIdentity,
        shapes: Shapes,
        deliveries: Deliveries,
        subscribed: Callable[[str], bool],
    ) -> None:
        self._workspace = workspace
        self._app = app
        self._shapes = shapes
        self._deliveries = deliveries
        self._subscribed = subscribed

    def envelope(self, event: Json) -> Json:
        """The outer event_callback."""
        return {
            "token": self._app.verification_token,
            "team_id": self._app.team_id,
            "api_app_id": self._app.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{uuid4().hex[:9].upper()}",
            "event_time": int(time.time()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": self._app.team_id,
                    "user_id": self._app.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
        }

    def deliver(self, event: Json, *, times: int = 1) -> tuple[Ack, ...]:
        """Waits for each acknowledgement; `times` > 1 delivers the same event_id again."""
        payload = self.envelope(event)
        return tuple(self._deliveries.send_event(payload) for _ in range(times))

    def of_message(self, message: Message) -> list[Json]:
        """The subscribed events that a new message causes; none where the bot is not in."""
        channel = self._workspace.channel(message.channel)
        if channel is None or self._app.bot_user not in channel.members or message.visible_to:
            return []
        channel_type, subscription = _TYPES[channel.kind]
        shape = self._shapes.message(message) | {"channel": message.channel, "event_ts": message.ts}
        events = []
        mentioned = f"<@{self._app.bot_user}>" in message.text and message.user != self._app.bot_user
        if mentioned and channel.kind is not Kind.DM and self._subscribed("app_mention"):
            events.append(
                {key: value for key, value in shape.items() if key != "subtype"} | {"type": "app_mention"}
            )
        if self._subscribed(subscription):
            events.append(shape | {"channel_type": channel_type})
        return events

    def announce_own(self, message: Message) -> None:
        """Slack tells the app of the app's own messages too."""
        for event in self.of_message(message):
            self._deliveries.send_event_later(self.envelope(event))

    def of_edit(self, before: Message, after: Message) -> list[Json]:
        """The subscribed events that an edit causes."""
        events = []
        for event in self.of_message(after):
            if event["type"] == "app_mention":
                events.append(event | {"edited": {"user": after.user, "ts": after.ts}})
                continue
            events.append(
                {
                    "type": "message",
                    "subtype": "message_changed",
                    "hidden": True,
                    "channel": after.channel,
                    "channel_type": event["channel_type"],
                    "ts": self._workspace.new_ts(),
                    "event_ts": after.ts,
                    "message": self._shapes.message(after),
                    "previous_message": self._shapes.message(before),
                }
            )
        return events

    def announce_own_edit(self, before: Message, after: Message) -> None:
        for event in self.of_edit(before, after):
            self._deliveries.send_event_later(self.envelope(event))

    def of_deletion(self, message: Message) -> list[Json]:
        """The subscribed events that the deletion of a message causes; to be asked before it."""
        return [
            {
                "type": "message",
                "subtype": "message_deleted",
                "hidden": True,
                "channel": message.channel,
                "channel_type": event["channel_type"],
                "ts": self._workspace.new_ts(),
                "event_ts": self._workspace.new_ts(),
                "deleted_ts": message.ts,
                "previous_message": self._shapes.message(message),
            }
            for event in self.of_message(message)
            if event["type"] == "message"
        ]

    def of_file_deletion(self, file: StoredFile) -> list[Json]:
        """file_deleted, where the bot could see the file."""
        channels = [self._workspace.channel(channel) for channel, _ in file.shares]
        sees = any(channel and self._app.bot_user in channel.members for channel in channels)
        if not sees or not self._subscribed("file_deleted"):
            return []
        return [{"type": "file_deleted", "file_id": file.id, "event_ts": self._workspace.new_ts()}]

    def of_join(self, channel: Channel, user: str) -> list[Json]:
        """member_joined_channel, where the bot sees it."""
        sees = self._app.bot_user in channel.members and channel.kind in (Kind.PUBLIC, Kind.PRIVATE)
        if not sees or not self._subscribed("member_joined_channel"):
            return []
        return [
            {
                "type": "member_joined_channel",
                "user": user,
                "channel": channel.id,
                "channel_type": "C" if channel.kind is Kind.PUBLIC else "G",
                "team": self._app.team_id,
                "event_ts": self._workspace.new_ts(),
            }
        ]
