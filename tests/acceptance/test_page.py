"""The playground's page in a real browser, with a small app behind it that answers like the bot."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator

import pytest
from flask import Response
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from slack_sdk import WebClient

from bot.playground import BOT_TOKEN, Channel, Playground
from bot.playground.manifest import Manifest, SlashCommand
from tests.acceptance.browsing import PATIENCE, opened, type_and_send
from tests.fakes.recording_app import Delivery, RecordingApp

pytestmark = pytest.mark.browser

COMMANDS = {
    "/findme": SlashCommand("/findme", "Find somebody in the event photos", "@someone", should_escape=True)
}
NASTY = "<img src=x onerror=document.body.dataset.broken=1>.jpg"
MORE = {
    "type": "actions",
    "elements": [
        {
            "type": "button",
            "action_id": "more",
            "value": "1",
            "text": {"type": "plain_text", "text": "Show more"},
        }
    ],
}


@pytest.fixture
def app() -> Iterator[RecordingApp]:
    recording = RecordingApp()
    yield recording
    recording.close()


@pytest.fixture
def slack(app: RecordingApp) -> Iterator[Playground]:
    with Playground(manifest=Manifest(commands=COMMANDS), share_seconds=0.1) as playground:
        playground.connect(app.url)
        playground.tickets.trigger_seconds = PATIENCE / 1000  # a machine may stall for three seconds
        for name, real in (("ada", "Ada Lovelace"), ("grace", "Grace Hopper"), ("alan", "Alan Turing")):
            playground.add_user(name, real_name=real)
        playground.add_channel("crab-week", members=["ada", "grace", "alan"])
        playground.add_channel("secret", kind="private", members=["grace"])
        yield playground


@pytest.fixture
def page(browser: Browser, slack: Playground) -> Iterator[Page]:
    with opened(browser, slack) as page:
        yield page


def photo(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), colour).save(out, "JPEG")
    return out.getvalue()


def answer_with_photos(slack: Playground, app: RecordingApp) -> None:
    """The app acknowledges at once, then posts a parent with two photos in its thread."""
    client = WebClient(BOT_TOKEN, base_url=slack.api_url)

    def reply(form: dict[str, str]) -> None:
        text = f"Found *2 photos* of {form['text'].partition('|')[0]}> in _crab-week_"
        section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        parent = client.chat_postMessage(channel=form["channel_id"], text=text, blocks=[section, MORE])
        client.files_upload_v2(
            channel=form["channel_id"],
            thread_ts=parent["ts"],
            file_uploads=[
                {"filename": "IMG_1.jpg", "title": "1. strong match, 97 %", "content": photo("teal")},
                {"filename": NASTY, "title": "2. possible match, 61 %", "content": photo("coral")},
            ],
        )

    def answer(delivery: Delivery) -> str | Response:
        if "command" not in delivery.payload:
            return ""
        threading.Thread(target=reply, args=(delivery.payload,), daemon=True).start()
        return "Looking for them."

    app.answer = answer


def test_a_typed_command_brings_photos_into_the_thread(
    page: Page, slack: Playground, app: RecordingApp
) -> None:
    answer_with_photos(slack, app)
    expect(page.get_by_role("heading", name="# crab-week")).to_be_visible()
    type_and_send(page, "/findme @grace")
    expect(page.get_by_text("Only visible to you")).to_be_visible()
    expect(page.get_by_text("Looking for them.")).to_be_visible()
    thread = page.get_by_label("Thread", exact=True)
    expect(thread.locator(".photo img")).to_have_count(2)
    for number in range(2):
        expect(thread.locator(".photo img").nth(number)).to_have_js_property("naturalWidth", 300)
    expect(thread.get_by_text("1. strong match, 97 %")).to_be_visible()
    expect(thread.get_by_text("@grace").first).to_be_visible()
    grace = slack.person("grace")
    assert app.deliveries[0].payload["text"] == f"<@{grace.id}|grace>"
    assert page.evaluate("document.body.dataset.broken") is None
    expect(thread.get_by_text(NASTY)).to_be_visible()


def test_names_are_suggested_and_taken_with_the_keyboard(
    page: Page, slack: Playground, app: RecordingApp
) -> None:
    box = page.get_by_label("Message", exact=True)
    box.press_sequentially("/fin")
    expect(page.locator("#suggestions").get_by_role("option")).to_have_count(1)
    box.press("Tab")
    box.press_sequentially("@a")
    expect(page.locator("#suggestions").get_by_role("option")).to_have_count(2)
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("/findme @alan ")
    box.press("Enter")
    slack.wait_for(lambda: app.deliveries)
    assert app.deliveries[0].payload["text"] == f"<@{slack.person('alan').id}|alan>"


def test_a_button_clicks_for_real(page: Page, slack: Playground, app: RecordingApp) -> None:
    client = WebClient(BOT_TOKEN, base_url=slack.api_url)
    client.chat_postMessage(channel=slack.channel("crab-week").id, text="page 1", blocks=[MORE])
    page.get_by_role("button", name="Show more").click()
    slack.wait_for(lambda: app.deliveries)
    assert app.deliveries[0].payload["actions"][0]["action_id"] == "more"
    assert app.deliveries[0].payload["user"]["id"] == slack.person("ada").id


def test_everybody_sees_their_own_conversations(page: Page, slack: Playground) -> None:
    client = WebClient(BOT_TOKEN, base_url=slack.api_url)
    crew: Channel = slack.channel("crab-week")
    client.chat_postEphemeral(channel=crew.id, user=slack.person("ada").id, text="for Ada")
    expect(page.get_by_text("for Ada")).to_be_visible()
    expect(page.get_by_role("button", name="secret")).to_have_count(0)
    page.get_by_label("You are").select_option(label="Grace Hopper")
    expect(page.get_by_role("button", name="secret")).to_be_visible()
    expect(page.get_by_text("for Ada")).to_have_count(0)


def test_a_photo_is_sent_with_a_mention(page: Page, slack: Playground, app: RecordingApp) -> None:
    page.get_by_label("Attach photos").set_input_files(
        files=[{"name": "selfie.jpg", "mimeType": "image/jpeg", "buffer": photo("navy")}]
    )
    expect(page.get_by_text("selfie.jpg")).to_be_visible()
    type_and_send(page, "@findme who is this?")
    slack.wait_for(lambda: app.deliveries)
    event = app.deliveries[0].payload["event"]
    assert (event["type"], event["files"][0]["name"]) == ("app_mention", "selfie.jpg")
    expect(page.locator(".main .photo img")).to_have_count(1)


def test_what_people_write_stays_text(page: Page, slack: Playground) -> None:
    slack.say(
        "grace",
        "crab-week",
        "<script>document.body.dataset.broken = 1</script> & *bold* <javascript:alert(1)|x>",
    )
    message = page.locator(".message .text")
    expect(message.locator("strong")).to_have_text("bold")
    expect(message).to_contain_text("<script>")
    assert page.evaluate("document.body.dataset.broken") is None
    assert page.locator(".message a").count() == 0


def test_other_sites_cannot_post_to_the_page(page: Page, slack: Playground) -> None:
    refused = page.request.post(slack.url + "/page/send", form={"text": "/findme", "channel": "crab-week"})
    assert refused.status == 403
    rebound = page.request.get(slack.url + "/page/state", headers={"Host": "evil.example"})
    assert rebound.status == 403


def test_the_page_says_what_it_is_and_loads_nothing_from_elsewhere(page: Page, slack: Playground) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.get_by_text("nothing leaves this machine")).to_be_visible()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    assert asked
    assert {
        url.partition("/page")[0].partition("/static")[0].rstrip("/") for url in asked if url[:5] != "data:"
    } == {slack.url}


def test_a_form_is_filled_in_corrected_and_sent(page: Page, slack: Playground, app: RecordingApp) -> None:
    def plain(text: str) -> dict[str, str]:
        return {"type": "plain_text", "text": text}

    def block(name: str, element: dict[str, object], **more: object) -> dict[str, object]:
        return {
            "type": "input",
            "block_id": name,
            "label": plain(name.title()),
            "element": {"action_id": name, **element},
            **more,
        }

    options = [{"text": plain(word), "value": word} for word in ("folder", "upload")]
    name = block("name", {"type": "plain_text_input"})
    kind = block("kind", {"type": "static_select", "options": options}, dispatch_action=True)
    zipped = block("zip", {"type": "file_input", "filetypes": ["zip"], "max_files": 1})
    client = WebClient(BOT_TOKEN, base_url=slack.api_url)

    def view(*blocks: dict[str, object]) -> dict[str, object]:
        return {"type": "modal", "title": plain("Index"), "submit": plain("Start"), "blocks": list(blocks)}

    def answer(delivery: Delivery) -> Response | dict[str, object]:
        payload = delivery.payload
        if payload.get("command"):
            client.views_open(trigger_id=payload["trigger_id"], view=view(name, kind))
        elif payload["type"] == "block_actions":
            client.views_update(view_id=payload["view"]["id"], view=view(name, kind, zipped))
        elif payload["view"]["state"]["values"]["name"]["name"]["value"] == "wrong":
            return {"response_action": "errors", "errors": {"name": "Choose another name."}}
        return Response("")

    app.answer = answer
    type_and_send(page, "/findme")
    page.get_by_label("Name").fill("wrong")
    page.get_by_label("Kind").select_option("upload")
    page.get_by_label("Zip").set_input_files([{"name": "p.zip", "mimeType": "", "buffer": b"PK\x03\x04"}])
    expect(page.get_by_label("Name")).to_have_value("wrong")  # what was typed outlives the app's change
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Choose another name.")).to_be_visible()
    page.get_by_label("Name").fill("party")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    values = app.deliveries[-1].payload["view"]["state"]["values"]
    assert values["kind"]["kind"]["selected_option"]["value"] == "upload"
    assert values["zip"]["zip"]["files"][0]["name"] == "p.zip"
