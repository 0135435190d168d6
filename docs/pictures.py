"""Takes README's pictures: `python docs/pictures.py`, from the project's folder. Needs chromium.

The people in them are the demo's: public-domain portraits of Eileen Collins and Grace Hopper.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, ".")

from PIL import Image

from bot import finding
from bot.demo import photos as sample
from bot.demo.stage import stage
from pipeline.sources.folder import FolderSource
from pipeline.types import EventKey
from tests.acceptance import browsing

IMAGES = Path("docs/images")
WIDTH = 1400  # pixels of the contact sheet in README


def take() -> None:
    """Indexes the sample event, and writes the pictures: an answer, the organiser's form, a contact sheet."""
    path = browsing.chromium()
    if path is None:
        raise SystemExit("no chromium here: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        event = sample.build(Path(folder) / "event")
        roots = (event.photos.parent,)
        with (
            stage(Path(folder), event.avatars, roots=roots) as scene,
            browsing.running(path) as browser,
        ):
            scene.finder.index(FolderSource(event.photos), EventKey(scene.channel.name))
            page = browser.new_page(viewport={"width": 1360, "height": 860})
            page.goto(scene.slack.web_url)
            browsing.type_and_send(page, "/findme @grace")
            page.locator(".thread .photo img").nth(9).wait_for(timeout=60_000)
            page.wait_for_timeout(1500)  # for the last picture to be drawn
            page.screenshot(path=IMAGES / "thread.png")
            browsing.type_and_send(page, "/index-event")
            form = page.get_by_role("dialog")
            form.get_by_label("Name of the event").fill("Crab Week 2026")
            form.get_by_label("Folder or archive").select_option(label="photos")
            form.screenshot(path=IMAGES / "form.png")
            photo = event.avatars["grace"].read_bytes()
            found = finding.find_photos(scene.finder, photo, None, limit=9, threshold=None)
            finding.write_sheet(scene.finder, photo, found, Path(folder) / "sheet.jpg")
        sheet = Image.open(Path(folder) / "sheet.jpg")
        sheet.thumbnail((WIDTH, WIDTH))
        sheet.save(IMAGES / "sheet.jpg", quality=82)


if __name__ == "__main__":
    take()
