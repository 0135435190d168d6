"""A real browser: Debian's chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.playground import Playground

PATIENCE = 60_000  # milliseconds: long enough for a slow machine
ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """The path of the browser; None where there is none."""
    return os.environ.get("FINDME_CHROMIUM") or shutil.which("chromium")


@contextmanager
def running(path: str) -> Iterator[Browser]:
    """The browser, closed on leaving."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@contextmanager
def opened(browser: Browser, slack: Playground) -> Iterator[Page]:
    """The playground's page in a window of its own."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(PATIENCE)
    page.goto(slack.web_url)
    yield page
    page.close()


def type_and_send(page: Page, text: str) -> None:
    """Types a message or a command into the playground's page and sends it."""
    page.get_by_label("Message", exact=True).press_sequentially(text)
    page.get_by_role("button", name="Send").first.click()
