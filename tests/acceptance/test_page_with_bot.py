"""A person at the playground's page, and the real bot behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance import portraits
from tests.acceptance.browsing import opened, type_and_send
from tests.acceptance.world import World

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, findme: World) -> Iterator[Page]:
    """The page, as Eileen sees it."""
    with opened(browser, findme.slack) as page:
        page.get_by_label("You are").select_option(label="Eileen")
        yield page


def test_findme_on_the_page_shows_the_right_photos(page: Page, findme: World) -> None:
    page.get_by_role("button", name="crabs").click()
    type_and_send(page, "/findme @grace")
    expect(page.get_by_text("Only visible to you")).to_be_visible()
    thread = page.get_by_label("Thread", exact=True)
    photos = thread.locator(".photo img")
    expect(photos).to_have_count(len(portraits.GRACES))
    for number in range(len(portraits.GRACES)):
        expect(photos.nth(number)).not_to_have_js_property("naturalWidth", 0)
    right = {name.rpartition("/")[2].rpartition(".")[0] for name in portraits.GRACES}
    (parent,) = findme.slack.messages(findme.crabs)
    shown = findme.slack.images(*findme.slack.thread(findme.crabs, parent.ts))
    assert {name.rpartition(".")[0] for name, _, _ in shown} == right
    for _, title, _ in shown:
        expect(thread.get_by_text(title)).to_be_visible()


def test_the_organisers_form_on_the_page_says_what_is_wrong(page: Page) -> None:
    page.get_by_role("button", name="crabs").click()
    type_and_send(page, "/index-event")
    page.get_by_label("Name of the event").fill("Party")
    page.get_by_label("The photos are in").select_option(label="A ZIP archive on the web, or a bucket")
    page.get_by_label("Address").fill("s3://elsewhere/photos")
    expect(page.get_by_label("Name of the event")).to_have_value("Party")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert").filter(has_text="FINDME_PHOTO_URLS")).to_be_visible()
