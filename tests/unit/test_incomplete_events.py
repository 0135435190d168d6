"""What is said of an event that lacks photos of its source."""

from __future__ import annotations

import pytest

from bot import words


@pytest.mark.parametrize(
    ("running", "of_command_line", "remedy"),
    [
        (True, False, ""),
        (True, True, ""),
        (False, False, "an admin can go on with `/index-event`"),
        (False, True, "whoever runs me can go on with `findme index`"),  # /index-event cannot
    ],
)
def test_who_can_go_on_is_said(running: bool, of_command_line: bool, remedy: str) -> None:
    said = words.not_complete("b&b", running=running, of_command_line=of_command_line)
    assert said.startswith("*b&amp;b* is not indexed completely")
    assert said.partition("may be missing")[2] == (f": {remedy}." if remedy else ".")
    assert ("yet" in said) is running
