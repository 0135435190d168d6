"""The playground's Web API through Slack's own client: shapes, refusals, faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from bot.playground import BOT_TOKEN, Playground
from bot.playground.manifest import Manifest

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground(manifest=Manifest(), share_seconds=0) as playground:
        yield playground


@pytest.fixture
def client(slack: Playground) -> WebClient:
    return WebClient(BOT_TOKEN, base_url=slack.api_url)


def refusal(error: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(error.value.response["error"])


def test_auth_says_who_the_bot_is_and_what_it_may_do(slack: Playground, client: WebClient) -> None:
    answer = client.auth_test()
    assert answer["user_id"] == slack.app.bot_user
    assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")


@pytest.mark.parametrize(
    ("token", "error"),
    [("", "not_authed"), ("xoxb-wrong", "invalid_auth"), ("xapp-playground", "not_allowed_token_type")],
)
def test_a_wrong_token_is_refused(slack: Playground, token: str, error: str) -> None:
    with pytest.raises(SlackApiError) as refused:
        WebClient(token, base_url=slack.api_url).auth_test()
    assert refusal(refused) == error


def test_a_missing_scope_is_named(slack: Playground, client: WebClient) -> None:
    ada = slack.add_user("ada")
    slack.revoke("users:read")
    with pytest.raises(SlackApiError) as refused:
        client.users_info(user=ada.id)
    assert refusal(refused) == "missing_scope"
    assert refused.value.response["needed"] == "users:read"
    assert "chat:write" in refused.value.response["provided"]


def test_people_have_pictures_on_another_host(slack: Playground, client: WebClient) -> None:
    custom, plain = slack.add_user("ada", avatar=b"picture"), slack.add_user("bob")
    profile = client.users_info(user=custom.id)["user"]["profile"]
    assert profile["is_custom_image"] is True
    assert profile["image_original"].startswith(slack.cdn_url)
    assert not profile["image_original"].startswith(slack.url)
    default = client.users_info(user=plain.id)["user"]["profile"]
    assert "image_512" in default
    assert "is_custom_image" not in default
    assert "image_original" not in default


def test_an_unknown_user_is_refused(client: WebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        client.users_info(user="U404")
    assert refusal(refused) == "user_not_found"


@pytest.mark.parametrize(
    ("kind", "bot_is_member", "error"),
    [
        ("public", True, None),
        ("public", False, "not_in_channel"),
        ("private", True, None),
        ("private", False, "channel_not_found"),
        ("dm", True, None),
        ("dm", False, "channel_not_found"),
        ("group_dm", True, None),
        ("group_dm", False, "channel_not_found"),
    ],
)
def test_where_a_bot_token_can_post(
    slack: Playground, client: WebClient, kind: str, bot_is_member: bool, error: str | None
) -> None:
    ada, bob = slack.add_user("ada"), slack.add_user("bob")
    people = [ada] if kind == "dm" and bot_is_member else [ada, bob]
    channel = slack.add_channel("here", kind=kind, members=people, bot_is_member=bot_is_member)
    if error is None:
        client.chat_postMessage(channel=channel.id, text="hello")
        assert [m.text for m in slack.messages(channel)] == ["hello"]
        return
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel=channel.id, text="hello")
    assert refusal(refused) == error


def test_the_public_scope_lets_post_but_not_upload(slack: Playground, client: WebClient) -> None:
    slack.grant("chat:write.public")
    channel = slack.add_channel("here", members=[slack.add_user("ada")], bot_is_member=False)
    parent = client.chat_postMessage(channel=channel.id, text="found some")
    with pytest.raises(SlackApiError) as refused:
        client.files_upload_v2(channel=channel.id, thread_ts=parent["ts"], content=b"x", filename="x.jpg")
    assert refusal(refused) == "not_in_channel"


def test_joining_mends_a_public_channel(slack: Playground, client: WebClient) -> None:
    slack.grant("channels:join")
    channel = slack.add_channel("here", bot_is_member=False)
    client.conversations_join(channel=channel.id)
    assert client.chat_postMessage(channel=channel.id, text="hello")["ok"]


def test_closed_places(slack: Playground, client: WebClient) -> None:
    ada = slack.add_user("ada")
    archived = slack.add_channel("old", archived=True)
    quiet = slack.add_channel("news", restricted="restricted_action_read_only_channel")
    errors = []
    slack.grants.messages_tab = False
    for channel in (archived, quiet, slack.dm_with_bot(ada)):
        with pytest.raises(SlackApiError) as refused:
            client.chat_postMessage(channel=channel.id, text="hello")
        errors.append(refusal(refused))
    assert errors == ["is_archived", "restricted_action_read_only_channel", "messages_tab_disabled"]


def test_a_dm_opens_and_posting_to_a_person_reaches_it(slack: Playground, client: WebClient) -> None:
    ada = slack.add_user("ada", id="W0ADA")
    dm = client.conversations_open(users=ada.id)["channel"]["id"]
    assert dm.startswith("D")
    client.chat_postMessage(channel=ada.id, text="hello")
    assert [m.text for m in slack.messages(dm)] == ["hello"]


@pytest.mark.parametrize(
    "blocks",
    [
        [SECTION] * 51,
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}],
        [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}],
        [{"type": "image", "image_url": "https://example.com/x.png"}],
        [{"type": "image", "alt_text": "x", "slack_file": {"id": "F404"}}],
        [{"type": "hologram"}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}],
        [{"type": "actions", "elements": []}],
    ],
    ids=lambda blocks: str(blocks)[:60],
)
def test_wrong_blocks_are_refused(
    slack: Playground, client: WebClient, blocks: list[dict[str, object]]
) -> None:
    channel = slack.add_channel("here")
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel=channel.id, text="hello", blocks=blocks)
    assert refusal(refused) == "invalid_blocks"
    assert slack.messages(channel) == []


@pytest.mark.filterwarnings("ignore:The top-level `text` argument")
def test_texts_and_threads_are_checked(slack: Playground, client: WebClient) -> None:
    channel = slack.add_channel("here")
    posted = client.chat_postMessage(channel=channel.id, text="hello")
    wrong = [
        (client.chat_postMessage, {"channel": channel.id, "text": ""}, "no_text"),
        (
            client.chat_postMessage,
            {"channel": channel.id, "text": "x", "thread_ts": "now"},
            "invalid_thread_ts",
        ),
        (
            client.chat_postMessage,
            {"channel": channel.id, "text": "x", "thread_ts": "1700000000.000001"},
            "thread_not_found",
        ),
        (client.chat_update, {"channel": channel.id, "ts": posted["ts"], "text": "x" * 4001}, "msg_too_long"),
        (
            client.chat_update,
            {"channel": channel.id, "ts": "1700000000.000001", "text": "x"},
            "message_not_found",
        ),
    ]
    for method, arguments, error in wrong:
        with pytest.raises(SlackApiError) as refused:
            method(**arguments)
        assert refusal(refused) == error


def test_an_update_with_text_alone_deletes_the_blocks(slack: Playground, client: WebClient) -> None:
    channel = slack.add_channel("here")
    posted = client.chat_postMessage(channel=channel.id, text="hello", blocks=[SECTION])
    assert slack.messages(channel)[0].blocks
    client.chat_update(channel=channel.id, ts=posted["ts"], text="done")
    assert slack.messages(channel)[0].blocks == ()
    assert slack.messages(channel)[0].text == "done"


def test_ephemeral_messages_are_seen_by_one_person(slack: Playground, client: WebClient) -> None:
    ada, bob = slack.add_user("ada"), slack.add_user("bob")
    channel = slack.add_channel("here", members=[ada])
    client.chat_postEphemeral(channel=channel.id, user=ada.id, text="psst")
    assert [m.text for m in slack.ephemerals(ada)] == ["psst"]
    assert slack.ephemerals(bob) == []
    assert client.conversations_history(channel=channel.id)["messages"] == []
    with pytest.raises(SlackApiError) as refused:
        client.chat_postEphemeral(channel=channel.id, user=bob.id, text="psst")
    assert refusal(refused) == "user_not_in_channel"


def test_history_is_newest_first_in_pages(slack: Playground, client: WebClient) -> None:
    ada = slack.add_user("ada")
    channel = slack.add_channel("here", members=[ada])
    for number in range(5):
        slack.say(ada, channel, str(number))
    first = client.conversations_history(channel=channel.id, limit=3)
    rest = client.conversations_history(
        channel=channel.id, limit=3, cursor=first["response_metadata"]["next_cursor"]
    )
    assert [m["text"] for m in first["messages"] + rest["messages"]] == ["4", "3", "2", "1", "0"]


def test_replies_stay_in_their_thread(slack: Playground, client: WebClient) -> None:
    channel = slack.add_channel("here")
    parent = client.chat_postMessage(channel=channel.id, text="parent")
    client.chat_postMessage(channel=channel.id, text="reply", thread_ts=parent["ts"])
    assert [m["text"] for m in client.conversations_history(channel=channel.id)["messages"]] == ["parent"]
    replies = client.conversations_replies(channel=channel.id, ts=parent["ts"])["messages"]
    assert [m["text"] for m in replies] == ["parent", "reply"]
    assert replies[0]["reply_count"] == 1


def test_rate_limits_are_waited_out_by_the_retry_handler(slack: Playground) -> None:
    slack.refuse("auth.test", "ratelimited", retry_after=1)
    handler = RateLimitErrorRetryHandler(max_retry_count=1)
    assert WebClient(BOT_TOKEN, base_url=slack.api_url, retry_handlers=[handler]).auth_test()["ok"]
    assert len(slack.calls("auth.test")) == 2


def test_a_rate_limit_is_an_http_429_with_retry_after(slack: Playground, client: WebClient) -> None:
    slack.refuse("auth.test", "ratelimited", retry_after=30)
    with pytest.raises(SlackApiError) as refused:
        client.auth_test()
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "30"
    assert client.auth_test()["ok"]


def test_ordered_faults(slack: Playground) -> None:
    client = WebClient(BOT_TOKEN, base_url=slack.api_url, timeout=1, retry_handlers=[])
    slack.refuse("auth.test", "internal_error")
    slack.fail("auth.test", "http_500")
    slack.fail("auth.test", "drop")
    slack.fail("auth.test", "hang", seconds=1.5)
    with pytest.raises(SlackApiError):
        client.auth_test()
    with pytest.raises(SlackApiError):
        client.auth_test()
    with pytest.raises(ConnectionError):
        client.auth_test()
    with pytest.raises(TimeoutError):
        client.auth_test()
    assert client.auth_test()["ok"]


def test_requests_are_recorded_with_their_headers(slack: Playground, client: WebClient) -> None:
    client.auth_test()
    recorded = slack.requests[-1]
    assert recorded.api_method == "auth.test"
    assert recorded.headers["authorization"] == f"Bearer {BOT_TOKEN}"
    assert recorded.host == slack.url.removeprefix("http://")
