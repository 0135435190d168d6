"""Where photos come from, in sentences that a whole channel may read."""

from __future__ import annotations

import pytest

from bot import words


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("/srv/photos/week holds no photos.", "week holds no photos."),
        ("The folder /srv/data/uploads cannot be written (no space).", None),
        ("slack://T1/F1 holds no photos.", "The uploaded archive holds no photos."),
        ("Event a&b was indexed from slack://T1/C1.", "Event a&amp;b was indexed from <#C1>."),
        ("Event gala was indexed from slack://T1/F1.", "Event gala was indexed from the uploaded archive."),
        ("https://example.com/a/b.zip is no ZIP archive.", "https://example.com/a/b.zip is no ZIP archive."),
        (
            "FindMe is not in it. Type /invite @FindMe there.",
            "FindMe is not in it. Type /invite @FindMe there.",
        ),
    ],
)
def test_sentences(sentence: str, told: str | None) -> None:
    assert words.public(sentence) == (told or sentence.replace("/srv/data/", ""))


@pytest.mark.parametrize(
    ("address", "name", "told"),
    [
        ("/srv/photos/crab week", "", "`crab week`"),
        ("slack://T1/C1", "", "<#C1>"),
        ("slack://T1/F1", "par`ty\n.zip", "`par'ty .zip`"),
        ("slack://T1/F1", "", "the archive that was uploaded"),
        ("s3://party/in", "", "`s3://party/in`"),
    ],
)
def test_sources(address: str, name: str, told: str) -> None:
    assert words.source(address, name) == told
