"""Socket Mode with Slack's own client."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.playground import APP_TOKEN, BOT_TOKEN, Playground
from bot.playground.manifest import Manifest


class Listener:
    """A Socket Mode app that notes each request and acknowledges it."""

    def __init__(self, slack: Playground) -> None:
        self.requests: list[SocketModeRequest] = []
        self.arrived = threading.Event()
        self.client = SocketModeClient(
            app_token=APP_TOKEN,
            web_client=WebClient(BOT_TOKEN, base_url=slack.api_url),
            auto_reconnect_enabled=True,
        )
        self.client.socket_mode_request_listeners.append(self.take)

    def take(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        payload = {"text": "Looking."} if request.type == "slash_commands" else None
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))
        self.arrived.set()


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground(manifest=Manifest()) as playground:
        yield playground


@pytest.fixture
def listener(slack: Playground) -> Iterator[Listener]:
    listening = Listener(slack)
    listening.client.connect()
    assert slack.wait_connected()
    yield listening
    listening.client.auto_reconnect_enabled = False
    slack.sockets.close()  # first, for the client would wait three seconds for a message before it ends
    with suppress(AttributeError):  # the SDK's two threads may close the same socket at once
        listening.client.close()


def test_commands_and_events_come_down_the_socket(slack: Playground, listener: Listener) -> None:
    ada = slack.add_user("ada")
    crew = slack.add_channel("crew", members=[ada])
    ack = slack.command("/findme", "@ada", user=ada, channel=crew)
    assert (ack.status, ack.json) == (200, {"text": "Looking."})
    assert [m.text for m in slack.ephemerals(ada)] == ["Looking."]
    sent = slack.mention(ada, crew, "hello")
    assert [a.status for a in sent.acks] == [200]
    assert [request.type for request in listener.requests] == ["slash_commands", "events_api"]
    assert listener.requests[0].payload["text"] == f"<@{ada.id}|ada>"
    assert listener.requests[1].payload["event"]["type"] == "app_mention"


@pytest.mark.usefixtures("listener")
def test_a_client_comes_back_after_a_disconnect(slack: Playground) -> None:
    ada, crew = slack.add_user("ada"), slack.add_channel("crew")
    slack.sockets.disconnect()
    assert slack.wait_connected()
    slack.wait_for(lambda: len(slack.calls("apps.connections.open")) >= 2)
    assert slack.wait_connected()
    assert slack.command("/findme", user=ada, channel=crew).status == 200


def test_without_a_connection_a_command_fails(slack: Playground) -> None:
    ada, crew = slack.add_user("ada"), slack.add_channel("crew")
    assert slack.command("/findme", user=ada, channel=crew).error == "not_connected"
    assert "dispatch_failed" in slack.ephemerals(ada)[-1].text


def test_a_bot_token_opens_no_socket(slack: Playground) -> None:
    with pytest.raises(SlackApiError) as refused:
        WebClient(base_url=slack.api_url).apps_connections_open(app_token=BOT_TOKEN)
    assert refused.value.response["error"] == "not_allowed_token_type"
