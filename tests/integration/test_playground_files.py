"""Files: three-step uploads that become visible later, private downloads, the avatars' host."""

from __future__ import annotations

import io
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest
import requests
from PIL import Image
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground import BOT_TOKEN, Channel, Playground
from bot.playground.manifest import Manifest


def jpeg(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground(manifest=Manifest()) as playground:
        yield playground


@pytest.fixture
def client(slack: Playground) -> WebClient:
    return WebClient(BOT_TOKEN, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
def here(slack: Playground) -> Channel:
    return slack.add_channel("here", members=[slack.add_user("ada")])


def test_uploads_appear_in_the_thread_a_little_later(
    slack: Playground, client: WebClient, here: Channel
) -> None:
    slack.uploads.share_seconds = 0.5
    parent = client.chat_postMessage(channel=here.id, text="found two")
    pictures = [("a.jpg", "1. strong", jpeg()), ("b.jpg", "2. possible", jpeg("red"))]
    uploads = [{"filename": name, "title": title, "content": data} for name, title, data in pictures]
    done = client.files_upload_v2(channel=here.id, thread_ts=parent["ts"], file_uploads=uploads)
    assert [file["shares"] for file in done["files"]] == [{}, {}]
    assert [file["mimetype"] for file in done["files"]] == ["", ""]
    assert len(slack.thread(here, parent["ts"])) == 1
    slack.wait_for(lambda: len(slack.thread(here, parent["ts"])) == 2)
    assert slack.images(slack.thread(here, parent["ts"])[1]) == pictures
    info = client.files_info(file=done["files"][0]["id"])["file"]
    assert info["mimetype"] == "image/jpeg"
    assert info["shares"]["public"][here.id][0]["thread_ts"] == parent["ts"]


def test_a_shared_picture_can_stand_in_a_block(slack: Playground, client: WebClient, here: Channel) -> None:
    slack.uploads.share_seconds = 0.5
    done = client.files_upload_v2(channel=here.id, content=jpeg(), filename="a.jpg")
    block = {"type": "image", "alt_text": "a", "slack_file": {"id": done["files"][0]["id"]}}
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel=here.id, text="see", blocks=[block])
    assert refused.value.response["error"] == "invalid_blocks"
    slack.wait_for(lambda: slack.messages(here))
    assert client.chat_postMessage(channel=here.id, text="see", blocks=[block])["ok"]


def test_an_empty_file_is_a_missing_argument(client: WebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        client.files_getUploadURLExternal(filename="a.jpg", length=0)
    assert refused.value.response["error"] == "missing_argument"


def test_more_than_ten_files_a_completion_fail(client: WebClient, here: Channel) -> None:
    uploads = [{"filename": f"{n}.jpg", "content": b"x"} for n in range(11)]
    with pytest.raises(SlackApiError) as refused:
        client.files_upload_v2(channel=here.id, file_uploads=uploads)
    assert refused.value.response["error"] == "internal_error"


def test_a_completion_needs_bytes(client: WebClient, here: Channel) -> None:
    slot = client.files_getUploadURLExternal(filename="a.jpg", length=3)
    with pytest.raises(SlackApiError) as refused:
        client.files_completeUploadExternal(files=[{"id": slot["file_id"]}], channel_id=here.id)
    assert refused.value.response["error"] == "file_not_found"


def test_a_person_is_no_place_to_upload_to(slack: Playground, client: WebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        client.files_upload_v2(channel=slack.person("slackbot").id, content=b"x", filename="a.jpg")
    assert refused.value.response["error"] == "channel_not_found"


def test_a_rate_limited_raw_post_passes_by_the_retry_handlers(
    slack: Playground, client: WebClient, here: Channel
) -> None:
    slack.refuse("upload", "ratelimited", retry_after=1)
    with pytest.raises(HTTPError) as refused:
        client.files_upload_v2(channel=here.id, content=b"x", filename="a.jpg")
    assert refused.value.code == 429


def test_shares_can_get_lost(slack: Playground, client: WebClient, here: Channel) -> None:
    slack.uploads.share_seconds = 0
    slack.uploads.drop_alt_text = True
    lost = client.files_upload_v2(channel=here.id, content=b"x", filename="a.jpg", alt_txt="Ada")
    assert client.files_info(file=lost["files"][0]["id"])["file"]["shares"] == {}
    client.files_upload_v2(channel=here.id, content=b"x", filename="a.jpg")
    assert len(slack.messages(here)) == 1


def test_private_files_need_the_token_or_give_a_login_page(slack: Playground, client: WebClient) -> None:
    ada = slack.add_user("grace")
    sent = slack.direct_message(ada, "who is this?", [("my #1 selfie?.jpg", jpeg())])
    history = client.conversations_history(channel=sent.channel)["messages"]
    url = history[0]["files"][0]["url_private"]
    assert history[0]["subtype"] == "file_share"
    with_token = requests.get(url, headers={"Authorization": f"Bearer {BOT_TOKEN}"}, timeout=60)
    without = requests.get(url, timeout=60)
    assert with_token.content == jpeg()
    assert with_token.headers["Content-Type"] == "image/jpeg"
    assert (without.status_code, without.headers["Content-Type"].split(";")[0]) == (200, "text/html")
    slack.revoke("files:read")
    refused = requests.get(url, headers={"Authorization": f"Bearer {BOT_TOKEN}"}, timeout=60)
    assert refused.content == without.content


def test_avatars_come_in_sizes_and_every_header_is_kept(slack: Playground, client: WebClient) -> None:
    ada = slack.add_user("grace", avatar=jpeg())
    profile = client.users_info(user=ada.id)["user"]["profile"]
    small = requests.get(profile["image_192"], headers={"X-Trace": "1"}, timeout=60).content
    assert Image.open(io.BytesIO(small)).size == (192, 192)
    assert requests.get(profile["image_original"], timeout=60).content == jpeg()
    assert slack.cdn_requests[0].headers["x-trace"] == "1"
    assert "authorization" not in slack.cdn_requests[0].headers


def test_a_new_avatar_has_a_new_address(slack: Playground, client: WebClient) -> None:
    ada = slack.add_user("grace", avatar=jpeg())
    before = client.users_info(user=ada.id)["user"]["profile"]["image_512"]
    slack.set_avatar(ada, jpeg("red"))
    assert client.users_info(user=ada.id)["user"]["profile"]["image_512"] != before
    assert requests.get(before, timeout=60).status_code == 404
