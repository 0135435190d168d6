"""What is typed becomes what Slack sends."""

from __future__ import annotations

import pytest

from bot.playground.escaping import escape
from bot.playground.model import Channel, Kind, Person

PEOPLE = [Person("U1", "ada", "Ada"), Person("W2", "grace.h", "Grace"), Person("U3", "grace", "Grace B")]
CHANNELS = [Channel("C1", "crab-week", Kind.PUBLIC, frozenset())]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("@ada", "<@U1|ada>"),
        ("@ADA", "<@U1|ada>"),
        ("@grace.h in #crab-week", "<@W2|grace.h> in <#C1|crab-week>"),
        ("find @grace.", "find <@U3|grace>."),
        ("@nobody", "@nobody"),
        ("@here", "<!here>"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("<@U9|old> <@U9>", "<@U9|old> <@U9>"),
        ("<b>", "&lt;b&gt;"),
        ("", ""),
    ],
)
def test_a_command_s_text(typed: str, sent: str) -> None:
    assert escape(typed, PEOPLE, CHANNELS, labels=True) == sent


def test_a_message_has_no_labels() -> None:
    assert escape("@ada and @grace.h", PEOPLE, CHANNELS, labels=False) == "<@U1> and <@W2>"
