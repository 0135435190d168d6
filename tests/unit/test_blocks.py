"""What the bot says."""

from __future__ import annotations

import pytest

from bot import words
from bot.replies import blocks, indexing
from bot.runs import Running
from bot.search import jpeg_name
from bot.status import status
from pipeline.types import EventKey, Failure, IndexReport, Progress

KEY = EventKey("crab-week", "T1", "C1")


def outcome(failed: int = 0, faces: int = 31, photos: int = 24, added: int = 24) -> IndexReport:
    failures = tuple(Failure(f"dir/<{n}>.jpg", "is cut short & empty") for n in range(failed))
    return IndexReport("crab-week", photos, faces, added, 2, 0, failures, 12.3)


def test_a_parent_says_who_where_and_how_many() -> None:
    whole = words.found("<@U1>", "crab-week", 6, 1, 7, own=False)
    assert whole == "Found <@U1> in 7 photos of *crab-week* — 6 strong, 1 possible."
    assert (
        words.found("<@U1>", "gala", 1, 0, 1, own=True) == "<@U1>, you are in 1 photo of *gala* — 1 strong."
    )


def test_a_parent_says_when_there_are_more_than_it_shows() -> None:
    unsure = words.found("<@U1>", "gala", 0, 2, 2, own=False)
    assert unsure.endswith("2 possible. No match is sure: it may be somebody else.")
    assert words.found("<@U1>", "gala", 20, 3, 10, own=False).endswith("The best 10 of 23 are below.")
    assert words.found("<@U1>", "gala", 20, 3, 1, own=False).endswith("The best one of 23 is below.")


def test_a_title_ranks_in_words() -> None:
    assert words.title(1, 7, True, 0.98) == "1 of 7 · strong match, 98 % sure"
    assert words.title(7, 7, False, 0.5) == "7 of 7 · possible match, 50 % sure"


@pytest.mark.parametrize(("confidence", "percent"), [(1.0, 99), (0.999, 99), (0.0, 1), (0.426, 43)])
def test_nothing_is_promised_for_certain(confidence: float, percent: int) -> None:
    assert words.percent(confidence) == percent


def test_what_comes_from_files_and_people_is_escaped() -> None:
    assert words.escape("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;"
    for sentence in (
        words.unknown_event("<!channel>", ["<!here>"]),
        words.no_such_source("<!channel>"),
        words.usage("<!channel>"),
        words.looking("U1", "U2", "<!channel>"),
        words.gone(["<!channel>.jpg"]),
        words.upload_failed("", ["<!channel>.jpg"]),
        indexing.report(outcome(failed=1), "C1").text,
        words.person_not_found("<!channel>"),
    ):
        assert "<!" not in sentence, sentence
    assert "dir/&lt;0&gt;.jpg" in indexing.report(outcome(failed=1), "C1").text


def test_clipping_leaves_escaped_characters_whole() -> None:
    assert words.clip("a" * 10, 10) == "a" * 10
    assert words.clip("a" * 11, 10) == "a" * 9 + "…"
    assert words.clip("aaaa &amp; bbbb", 8) == "aaaa …"


def test_messages_stay_within_slacks_limits() -> None:
    long = blocks.message("x" * 9000, ["y" * 9000])
    assert len(long.text) <= 4000
    assert all(len(text) <= 3000 for text in _texts(long))
    report = indexing.report(
        IndexReport("e" * 60, 1, 1, 1, 0, 0, tuple(Failure("n" * 500, "r" * 2000) for _ in range(900)), 1.0),
        "C1",
    )
    assert len(report.text) <= 4000
    assert all(len(text) <= 3000 for text in _texts(report))
    assert len(report.blocks) <= 50


def test_every_block_is_told_in_the_plain_text_too() -> None:
    progress = indexing.indexing("crab-week", "U1", Running(KEY, Progress(12, 40, 30, 1)))
    assert "12 of 40 photos done, 30 faces found, 1 failed" in progress.text
    assert "30 %" in _texts(progress)[0]
    fast = indexing.indexing("crab-week", "U1", Running(KEY, Progress(12, 40, 30, 0), 0.2))
    assert "30 faces found · 0.2 photos/s, about 2 min left" in fast.text
    answer = blocks.message("Found.", ["Asked by somebody"])
    assert answer.text == "Found.\nAsked by somebody"


@pytest.mark.parametrize(
    ("done", "total", "percent"),
    [(0, 0, "0 %"), (0, 7, "0 %"), (7, 7, "100 %"), (9, 7, "100 %"), (1, 3, "33 %")],
)
def test_the_bar(done: int, total: int, percent: str) -> None:
    bar = indexing.bar(done, total)
    assert bar.endswith(f" {percent}")
    assert bar.count("█") + bar.count("░") == indexing.BAR


def test_the_report_counts_and_sums_up_the_failures() -> None:
    text = indexing.report(outcome(failed=8), "C1").text
    assert "24 photos with 31 faces" in text
    assert "8 photos could not be indexed" in text
    assert text.count("is cut short &amp; empty") == 1
    assert "24 added, 2 there already, 8 failed" in text
    assert "type `/findme` in <#C1> to find yourself" in text
    assert "type `/findme` here to find yourself" in indexing.report(outcome(), "D1").text
    assert "in the thread" not in indexing.report(outcome(failed=11), "C1").text
    listed = indexing.report(outcome(failed=11), "C1", listed=True)
    assert "full list of the 11 is in the thread" in listed.text


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("/photos/week", "folder"),
        ("/photos/Week.ZIP", "archive"),
        ("slack://T1/C1", "channel"),
        ("slack://T1/F1", "archive"),
        ("s3://party/2026", "bucket"),
        ("gs://party/2026.zip", "archive"),
        ("sftp://host/photos", "folder"),
        ("https://example.com/party.zip", "archive"),
    ],
)
def test_a_source_that_is_listed_is_called_by_its_kind(source: str, place: str) -> None:
    text = indexing.indexing("crab-week", "U1", Running(KEY, None, source=source)).text
    assert f"looking through the {place}…" in text


@pytest.mark.parametrize(
    "progress", [None, Progress(12, 40, 30, 0), Progress(0, 0, 0, 0, trouble="No disk.")]
)
def test_a_run_that_no_worker_does_says_who_mends_that_and_claims_no_speed(progress: Progress | None) -> None:
    run = Running(KEY, progress, speed=2.6, deserted=True)
    for text in (indexing.indexing("crab-week", "U1", run).text, status([run], [], "C1")):
        assert "has to start `findme worker`" in text
        assert "photos/s" not in text
        assert "looking through" not in text or progress


@pytest.mark.parametrize(("channel", "named"), [("C1", True), ("C2", False)])
def test_a_run_says_what_comes_before_it_but_names_no_other_channels_event(channel: str, named: bool) -> None:
    run = Running(KEY, Progress(0, 40, 0, 0), behind=EventKey("gala", "T1", channel))
    text = indexing.indexing("crab-week", "U1", run).text
    assert ("It waits for *gala*" in text) is named
    assert ("It waits for another event" in text) is not named


def test_the_report_of_a_run_in_vain_says_so() -> None:
    failures = (Failure("a.jpg", "It is empty. Copy it again."),)
    text = indexing.report(IndexReport("crab-week", 0, 0, 0, 0, 0, failures, 1.0), "C1").text
    assert text.startswith("*crab-week* holds no photos: nothing could be indexed.")
    assert "Copy it again." in text
    assert "/findme" not in text
    assert "no faces" not in text


def test_the_report_of_an_event_without_faces_does_not_send_people_searching() -> None:
    assert "/findme" not in indexing.report(outcome(faces=0), "C1").text


def test_advice_follows_the_person() -> None:
    assert "your profile picture" in words.no_face("U1", own=True)
    assert "Set a profile picture" in words.no_face("U1", own=True)
    assert "<@U1>" in words.no_face("U1", own=False)
    assert "mention me" in words.no_face("U1", own=False)
    assert "mention me" not in words.no_face("U1", own=True, photos_allowed=False)


@pytest.mark.parametrize(
    ("photo", "name"),
    [
        ("day 1/IMG_0001.JPG", "IMG_0001.JPG"),
        ("a.jpeg", "a.jpeg"),
        ("phone/IMG_7.HEIC", "IMG_7.jpg"),
        ("scan.v2.png", "scan.v2.jpg"),
        ("noextension", "noextension.jpg"),
    ],
)
def test_a_photo_keeps_its_own_name(photo: str, name: str) -> None:
    assert jpeg_name(photo) == name


def _texts(message: blocks.Message) -> list[str]:
    found = []
    for block in message.blocks:
        found += [block["text"]["text"]] if "text" in block else [e["text"] for e in block["elements"]]
    return found
