"""Deliveries: signatures, shapes, retries, response_url, interactions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Response
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from bot.playground import BOT_TOKEN, SIGNING_SECRET, Person, Playground
from bot.playground.errors import PlaygroundError
from bot.playground.manifest import Manifest, SlashCommand
from tests.fakes.recording_app import RecordingApp, slow

BUTTON = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": "more", "value": "7", "text": {"type": "plain_text", "text": "More"}}
    ],
}


@pytest.fixture
def app() -> Iterator[RecordingApp]:
    recording = RecordingApp()
    yield recording
    recording.close()


@pytest.fixture
def slack(app: RecordingApp) -> Iterator[Playground]:
    with Playground(manifest=Manifest(), share_seconds=0) as playground:
        playground.connect(app.url)
        yield playground


def test_a_command_is_signed_escaped_and_acknowledged(slack: Playground, app: RecordingApp) -> None:
    ada, grace = slack.add_user("ada"), slack.add_user("grace", id="W0GRACE")
    crew = slack.add_channel("crew", members=[ada])
    app.answer = lambda _: "Looking."
    ack = slack.command("/findme", "@grace in #crew & more", user=ada, channel=crew)
    assert (ack.status, ack.body) == (200, "Looking.")
    delivery = app.deliveries[0]
    assert SignatureVerifier(SIGNING_SECRET).is_valid_request(delivery.body, delivery.headers)
    assert not SignatureVerifier("another").is_valid_request(delivery.body, delivery.headers)
    assert delivery.payload["text"] == f"<@{grace.id}|grace> in <#{crew.id}|crew> &amp; more"
    assert delivery.payload["user_id"] == ada.id
    assert "ts" not in delivery.payload
    assert [m.text for m in slack.ephemerals(ada)] == ["Looking."]


def test_a_command_without_escaping_keeps_what_was_typed(app: RecordingApp) -> None:
    commands = {"/findme": SlashCommand("/findme", should_escape=False)}
    with Playground(manifest=Manifest(commands=commands)) as slack:
        slack.connect(app.url)
        ada, crew = slack.add_user("ada"), slack.add_channel("crew")
        slack.command("/findme", "@ada", user=ada, channel=crew)
        assert app.deliveries[0].payload["text"] == "@ada"
        assert slack.command("/nothing", user=ada, channel=crew).error == "unknown_command"
        assert "not a valid command" in slack.ephemerals(ada)[-1].text


def test_a_late_acknowledgement_is_shown_as_a_failure(slack: Playground, app: RecordingApp) -> None:
    ada, crew = slack.add_user("ada"), slack.add_channel("crew")
    slack.deliveries.ack_seconds = 0.2
    app.answer = slow(0.6)
    assert slack.command("/findme", user=ada, channel=crew).error == "timeout"
    assert "operation_timeout" in slack.ephemerals(ada)[-1].text


def test_response_url_serves_five_times_and_needs_no_membership(slack: Playground, app: RecordingApp) -> None:
    ada = slack.add_user("ada")
    closed = slack.add_channel("closed", kind="private", members=[ada], bot_is_member=False)
    slack.command("/findme", user=ada, channel=closed)
    webhook = WebhookClient(app.deliveries[0].payload["response_url"])
    assert webhook.send(text="open to all", response_type="in_channel").body == "ok"
    answers = [webhook.send(text=f"only you {n}").status_code for n in range(5)]
    assert answers == [200, 200, 200, 200, 404]
    assert [m.text for m in slack.messages(closed)] == ["open to all"]
    assert len(slack.ephemerals(ada)) == 4


def test_response_url_ends_after_half_an_hour(slack: Playground, app: RecordingApp) -> None:
    ada, crew = slack.add_user("ada"), slack.add_channel("crew")
    slack.command("/findme", user=ada, channel=crew)
    slack.tickets.expire_response_urls()
    answer = WebhookClient(app.deliveries[0].payload["response_url"]).send(text="late")
    assert (answer.status_code, "expired_url" in answer.body) == (404, True)


def test_a_mention_carries_its_files(slack: Playground, app: RecordingApp) -> None:
    ada = slack.add_user("ada")
    crew = slack.add_channel("crew", members=[ada])
    sent = slack.mention(ada, crew, "who is this?", [("selfie.jpg", b"\xff\xd8\xff")])
    assert [ack.status for ack in sent.acks] == [200]
    payload = app.deliveries[0].payload
    event = payload["event"]
    assert SignatureVerifier(SIGNING_SECRET).is_valid_request(
        app.deliveries[0].body, app.deliveries[0].headers
    )
    assert (payload["type"], event["type"], event["ts"]) == ("event_callback", "app_mention", sent.ts)
    assert event["files"][0]["name"] == "selfie.jpg"
    assert event["files"][0]["url_private"].startswith(slack.url)
    assert event["text"].startswith(f"<@{slack.app.bot_user}>")


def test_no_mention_reaches_a_bot_that_is_not_there(slack: Playground, app: RecordingApp) -> None:
    ada = slack.add_user("ada")
    crew = slack.add_channel("crew", members=[ada], bot_is_member=False)
    assert slack.mention(ada, crew, "hello").acks == ()
    assert app.deliveries == []


def test_a_dm_is_a_message_and_never_a_mention(slack: Playground, app: RecordingApp) -> None:
    ada = slack.add_user("ada")
    bot = slack.app.bot_user
    slack.direct_message(ada, f"<@{bot}> who is this?", [("selfie.jpg", b"\xff\xd8\xff")])
    events = [delivery.payload["event"] for delivery in app.deliveries]
    assert [(e["type"], e["channel_type"], e["subtype"]) for e in events] == [("message", "im", "file_share")]


def test_the_bot_hears_its_own_messages_in_a_dm(slack: Playground) -> None:
    dm = slack.dm_with_bot(slack.add_user("ada"))
    WebClient(BOT_TOKEN, base_url=slack.api_url).chat_postMessage(channel=dm.id, text="hello")
    slack.wait_for(lambda: bool(slack.sent))
    assert slack.sent[0][0].payload["event"]["bot_id"] == slack.app.bot_id


def test_editing_a_mention_mentions_again(slack: Playground, app: RecordingApp) -> None:
    ada = slack.add_user("ada")
    crew = slack.add_channel("crew", members=[ada])
    sent = slack.mention(ada, crew, "helo")
    slack.edit(sent.message, f"<@{slack.app.bot_user}> hello")
    first, second = (delivery.payload["event"] for delivery in app.deliveries)
    assert (first["ts"], first.get("edited")) == (second["ts"], None)
    assert second["edited"]


def test_events_are_repeated_until_they_are_answered(slack: Playground, app: RecordingApp) -> None:
    slack.deliveries.retry_delays = (0.0, 0.05, 0.05)
    answers = [Response(status=500), Response(status=404), Response("ok")]
    app.answer = lambda _: answers[len(app.deliveries) - 1]
    ada = slack.add_user("ada")
    crew = slack.add_channel("crew", members=[ada])
    slack.mention(ada, crew, "hello")
    slack.wait_for(lambda: len(slack.sent) == 3)
    numbers = [delivery.headers.get("x-slack-retry-num") for delivery in app.deliveries]
    assert numbers == [None, "1", "2"]
    assert app.deliveries[1].headers["x-slack-retry-reason"] == "http_error"
    assert len({delivery.payload["event_id"] for delivery in app.deliveries}) == 1


def test_deliveries_can_be_doubled_on_purpose(slack: Playground, app: RecordingApp) -> None:
    ada = slack.add_user("ada")
    crew = slack.add_channel("crew", members=[ada])
    slack.mention(ada, crew, "hello", times=2)
    slack.command("/findme", user=ada, channel=crew, times=2)
    bodies = [delivery.body for delivery in app.deliveries]
    assert bodies[0] == bodies[1]
    assert bodies[2] == bodies[3]


def test_url_verification(slack: Playground, app: RecordingApp) -> None:
    app.answer = lambda delivery: {"challenge": delivery.payload["challenge"]}
    assert slack.verify_url()
    app.answer = lambda _: "no"
    assert not slack.verify_url()


def test_a_button_replaces_its_message_through_response_url(slack: Playground, app: RecordingApp) -> None:
    ada = slack.add_user("ada")
    crew = slack.add_channel("crew", members=[ada])
    client = WebClient(BOT_TOKEN, base_url=slack.api_url)
    client.chat_postMessage(channel=crew.id, text="page 1", blocks=[BUTTON])
    assert slack.click(ada, slack.messages(crew)[0], "more").ok
    payload = app.deliveries[0].payload
    assert payload["type"] == "block_actions"
    assert (payload["actions"][0]["action_id"], payload["actions"][0]["value"]) == ("more", "7")
    assert payload["message"]["text"] == "page 1"
    WebhookClient(payload["response_url"]).send(text="page 2", replace_original=True)
    assert [m.text for m in slack.messages(crew)] == ["page 2"]


def field(block: str, kind: str, **more: Any) -> dict[str, Any]:
    """An input block whose element has the same id."""
    label = {"type": "plain_text", "text": block.title()}
    return {
        "type": "input",
        "block_id": block,
        "label": label,
        "element": {"type": kind, "action_id": block, **more},
    }


def option(value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": value}, "value": value}


def form(*blocks: dict[str, Any]) -> dict[str, Any]:
    """A modal with these blocks."""
    text = {"type": "plain_text", "text": "Ask"}
    return {"type": "modal", "callback_id": "ask", "title": text, "submit": text, "blocks": list(blocks)}


def opened(slack: Playground, app: RecordingApp, view: dict[str, Any]) -> Person:
    """A person to whom that view was opened."""
    ada = slack.add_user("ada")
    slack.command("/findme", user=ada, channel=slack.add_channel("crew", members=[ada]))
    trigger = app.deliveries[0].payload["trigger_id"]
    WebClient(BOT_TOKEN, base_url=slack.api_url).views_open(trigger_id=trigger, view=view)
    return ada


def test_a_modal_opens_by_trigger_once_and_submits(slack: Playground, app: RecordingApp) -> None:
    ada = opened(slack, app, form(field("name", "plain_text_input")))
    with pytest.raises(SlackApiError) as refused:
        WebClient(BOT_TOKEN, base_url=slack.api_url).views_open(
            trigger_id=app.deliveries[0].payload["trigger_id"], view=form()
        )
    assert refused.value.response["error"] == "exchanged_trigger_id"
    slack.submit(ada, slack.modals(ada)[0], {"name": {"name": {"value": "yes"}}})
    submitted = app.deliveries[1].payload
    assert (submitted["type"], submitted["view"]["callback_id"]) == ("view_submission", "ask")
    assert submitted["view"]["state"]["values"]["name"]["name"]["value"] == "yes"
    assert slack.modals(ada) == []


def test_a_form_sends_what_its_fields_begin_with_and_the_files_chosen(
    slack: Playground, app: RecordingApp
) -> None:
    options = [option("folder"), option("zip")]
    kind = field("kind", "static_select", options=options, initial_option=options[1])
    where = {**field("where", "conversations_select"), "optional": True}
    ada = opened(slack, app, form(kind, where, field("zip", "file_input", filetypes=["zip"])))
    view = slack.modals(ada)[0]
    with pytest.raises(PlaygroundError):  # a required field is empty: Slack's own window says so
        slack.submit(ada, view)
    file = slack.upload(ada, "party.zip", b"PK\x03\x04")
    client = WebClient(BOT_TOKEN, base_url=slack.api_url)
    with pytest.raises(SlackApiError, match="file_not_found"):  # it is the app's once the form is sent
        client.files_info(file=file.id)
    slack.submit(ada, view, {"zip": {"zip": {"files": [{"id": file.id}]}}})
    values = app.deliveries[1].payload["view"]["state"]["values"]
    assert values["kind"]["kind"]["selected_option"]["value"] == "zip"
    assert values["where"]["where"] == {"type": "conversations_select", "selected_conversation": None}
    assert values["zip"]["zip"]["files"][0]["name"] == "party.zip"
    about = client.files_info(file=file.id)["file"]
    assert (about["user"], about["is_public"], about["channels"]) == (ada.id, False, [])


def test_a_form_stays_open_where_the_app_names_errors(slack: Playground, app: RecordingApp) -> None:
    ada = opened(slack, app, form(field("name", "plain_text_input", initial_value="x")))
    app.answer = lambda _: {"response_action": "errors", "errors": {"name": "Too short."}}
    answer = slack.submit(ada, slack.modals(ada)[0]).json
    assert answer["errors"] == {"name": "Too short."}
    assert len(slack.modals(ada)) == 1


def test_a_field_may_tell_the_app_at_once(slack: Playground, app: RecordingApp) -> None:
    options = [option("folder"), option("zip")]
    kind = {**field("kind", "static_select", options=options), "dispatch_action": True}
    ada = opened(slack, app, form(kind))
    slack.click(ada, slack.modals(ada)[0], "kind", value="zip")
    told = app.deliveries[1].payload
    assert told["actions"][0]["selected_option"]["value"] == "zip"
    assert told["view"]["state"]["values"]["kind"]["kind"]["selected_option"]["value"] == "zip"


@pytest.mark.parametrize(
    "block",
    [
        field("a", "date_of_birth"),
        field("a", "static_select", options=[]),
        field("a", "static_select", options=[option("x" * 76)]),
        field("a", "static_select", options=[option(str(n)) for n in range(101)]),
        field("a", "file_input", max_files=11),
    ],
)
def test_fields_that_slack_does_not_take(slack: Playground, app: RecordingApp, block: dict[str, Any]) -> None:
    with pytest.raises(SlackApiError) as refused:
        opened(slack, app, form(block))
    assert refused.value.response["error"] == "invalid_blocks"


def test_a_trigger_lives_three_seconds(slack: Playground, app: RecordingApp) -> None:
    ada, crew = slack.add_user("ada"), slack.add_channel("crew")
    slack.tickets.trigger_seconds = 0.0
    slack.command("/findme", user=ada, channel=crew)
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Ask"}, "blocks": []}
    with pytest.raises(SlackApiError) as refused:
        WebClient(BOT_TOKEN, base_url=slack.api_url).views_open(
            trigger_id=app.deliveries[0].payload["trigger_id"], view=view
        )
    assert refused.value.response["error"] == "expired_trigger_id"


def test_the_home_tab_is_published(slack: Playground, app: RecordingApp) -> None:
    ada = slack.add_user("ada")
    slack.open_home(ada)
    assert app.deliveries[0].payload["event"]["type"] == "app_home_opened"
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    WebClient(BOT_TOKEN, base_url=slack.api_url).views_publish(user_id=ada.id, view=home)
    published = slack.home(ada)
    assert published is not None
    assert published.view["blocks"][0]["type"] == "divider"


def test_the_bot_hears_who_joins(slack: Playground, app: RecordingApp) -> None:
    crew = slack.add_channel("crew", bot_is_member=False)
    slack.join(slack.bot, crew)
    event = app.deliveries[0].payload["event"]
    assert (event["type"], event["user"], event["channel"]) == (
        "member_joined_channel",
        slack.bot.id,
        crew.id,
    )
