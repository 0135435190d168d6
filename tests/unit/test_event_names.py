"""Which names an event may get."""

from __future__ import annotations

import pytest

from bot.parsing import parse_find, same_event
from pipeline.admission import check_new_name
from pipeline.errors import InvalidEventName


@pytest.mark.parametrize(
    "name",
    [
        "crab-week",
        "Crab Week 2026",
        "a_b.c",
        "Fête d’été",
        "東京",
        "हिन्दी",
        "R&D (day 1)",
        "x" * 100,
        "7",
        "party 🎉",
    ],
)
def test_what_can_be_typed_is_a_name(name: str) -> None:
    check_new_name(name)
    typed = parse_find(f"in {name}".replace("&", "&amp;")).event
    assert typed is not None
    assert same_event(typed, name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "  ",
            " crab",
            "crab ",
            "crab\nweek",
            "crab\tweek",
            "crab\x1b[31m",
            "crab\u202eweek",
            "x" * 101,
        ),
        *("-x", "--json", "@grace", "#crabs", "!!!", "🎉", 'crab "week"', "„Crab“", "crab`week"),
    ],
)
def test_what_cannot_be_typed_back_is_none(name: str) -> None:
    with pytest.raises(InvalidEventName, match="letter or digit"):
        check_new_name(name)
