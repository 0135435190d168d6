"""Failed photos by reason."""

from __future__ import annotations

import pytest

from bot import words
from bot.replies import blocks, failures
from bot.replies.failures import FailureGroup, full_list, grouped, in_vain, split_remedy, summary
from pipeline.types import Failure, IndexReport

CUT = "The photo is cut short: the end of the file is missing. Copy or download it again."


def large(width: int) -> str:
    return f"The photo has {width} x {width} pixels, more than 200 million: save a smaller copy of it."


def test_the_most_frequent_reason_comes_first_and_numbers_part_none() -> None:
    failed = [
        Failure("a.jpg", CUT),
        Failure("b.jpg", large(30000)),
        Failure("c.jpg", large(40000)),
        Failure("d.jpg", "d.jpg is no longer in the folder."),
        Failure("e.jpg", "e.jpg is no longer in the folder."),
        Failure("f.jpg", "f.jpg is no longer in the folder."),
    ]
    gone, big, cut = grouped(failed)
    assert gone == FailureGroup(
        "The file is no longer in the folder.", words.ANY_REMEDY, ("d.jpg", "e.jpg", "f.jpg")
    )
    assert (big.remedy, big.photos) == ("Save a smaller copy of it.", ("b.jpg", "c.jpg"))
    assert cut.photos == ("a.jpg",)


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        (CUT, "Copy or download it again."),
        ("The file is empty: copy or download the photo again.", "Copy or download the photo again."),
        ("The file may not be read; check its permissions.", "Check its permissions."),
        ("It is larger than 500 MB. Index a smaller copy.", "Index a smaller copy."),
        ("is odd", words.ANY_REMEDY),
    ],
)
def test_what_to_try_first(reason: str, remedy: str) -> None:
    assert split_remedy(reason)[1] == remedy


def test_a_summary_names_a_few_photos_of_each_reason() -> None:
    text = summary([Failure(f"day 1/<{n}>.jpg", CUT) for n in range(8)])
    assert "8 photos could not be indexed" in text
    assert "*8* – The photo is cut short" in text
    assert "and 5 more" in text
    assert "First thing to try: Copy or download it again." in text
    assert "<0>" not in text


def test_in_vain_is_said_with_the_most_frequent_reason() -> None:
    def said(*failed: Failure) -> str:
        return in_vain(IndexReport("gala", 0, 0, 0, 0, 0, failed, 1.0))

    alone = f"Nothing could be indexed into gala: 1 photo failed. {CUT}"
    assert said(Failure("a.jpg", CUT)) == alone
    mixed = said(Failure("a.jpg", CUT), Failure("b.jpg", "It is odd."), Failure("c.jpg", CUT))
    assert mixed == f"Nothing could be indexed into gala: 3 photos failed. 2 of them: {CUT}"


def test_a_summary_bounds_the_reasons_but_the_list_has_all() -> None:
    failed = [Failure(f"{letter}.jpg", f"It is {letter}.") for letter in "abcdefghij"]
    assert f"and {10 - failures.MOST_REASONS} photos for 4 other reasons" in summary(failed)
    assert all(failure.photo in full_list("gala", failed) for failure in failed)


def test_long_names_and_reasons_leave_every_reason_in_the_message() -> None:
    for letter in "x&":
        failed = [
            Failure(f"{number}/{letter * 300}.jpg", f"It is {kind} {letter * 300}. Do {letter * 300}")
            for kind in "abcdefgh"
            for number in range(5)
        ]
        text = summary(failed)
        assert len(text) <= blocks.SECTION
        assert all(f"It is {kind}" in text for kind in "abcdef")
        assert "and 10 photos for 2 other reasons" in text


def test_names_keep_to_their_line_and_their_code_span() -> None:
    failed = [Failure("a`b\nc\u202e.jpg", "It is odd: mend it.")]
    assert "(`a'b c .jpg`)" in summary(failed)
    assert "    a`b c .jpg\n" in full_list("gala", failed)
