"""What people type."""

from __future__ import annotations

import pytest

from bot.parsing import (
    FindRequest,
    Problem,
    event_in,
    exact_event,
    parse_chat,
    parse_find,
    same_event,
    slugify,
)


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("", FindRequest()),
        ("   ", FindRequest()),
        ("me", FindRequest()),
        ("ME", FindRequest()),
        ("help", FindRequest(help=True)),
        (" Help ", FindRequest(help=True)),
        ("help me", FindRequest(help=True)),
        ("Help, please: in crab-week", FindRequest(help=True)),
        ("help <@U123|grace>", FindRequest(help=True)),
        ("helpful", FindRequest(problem=Problem.USAGE, detail="helpful")),
        ("in help", FindRequest(event="help")),
        ("<@U123|grace>", FindRequest(user="U123")),
        ("<@U123>", FindRequest(user="U123")),
        ("<@W9AB|grace>", FindRequest(user="W9AB")),
        ("<@U123|grace hopper>", FindRequest(user="U123")),
        ("<@U123|grace> in crab-week", FindRequest(user="U123", event="crab-week")),
        ("in crab-week <@U123|grace>", FindRequest(user="U123", event="crab-week")),
        ("<@U123> IN Crab Week", FindRequest(user="U123", event="Crab Week")),
        ('in "Crab Week"', FindRequest(event="Crab Week")),
        ("in “Crab Week”", FindRequest(event="Crab Week")),
        ("me in crab-week", FindRequest(event="crab-week")),
        ("in crab-week me", FindRequest(event="crab-week")),
        ("in <#C42|crabs>", FindRequest(event="C42")),
        ("in bread &amp; butter", FindRequest(event="bread & butter")),
        ("<@U123><@U123>", FindRequest(user="U123")),
        ("<@U1> <@U2>", FindRequest(problem=Problem.SEVERAL)),
        ("@grace", FindRequest(problem=Problem.PLAIN_NAME, detail="@grace")),
        ("@grace in crab-week", FindRequest(problem=Problem.PLAIN_NAME, detail="@grace")),
        ("crab-week", FindRequest(problem=Problem.USAGE, detail="crab-week")),
        ("<@U123> please", FindRequest(problem=Problem.USAGE, detail="please")),
        ("in", FindRequest(problem=Problem.NO_EVENT_NAME)),
        ("<@U123> in ", FindRequest(problem=Problem.NO_EVENT_NAME)),
    ],
)
def test_findme(text: str, request_: FindRequest) -> None:
    assert parse_find(text) == request_


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("find me", FindRequest()),
        ("Find me!", FindRequest()),
        ("findme", FindRequest()),
        ("/findme in gala", FindRequest(event="gala")),
        ("/findme", FindRequest()),
        (" /findme <@U123|grace> in party", FindRequest(user="U123", event="party")),
        ("/FINDME me in party", FindRequest(event="party")),
        ("<@UBOT> /findme <@U123>", FindRequest(user="U123")),
        ("/findme help me", FindRequest(help=True)),
        ("/findme in", FindRequest(problem=Problem.NO_EVENT_NAME)),
        ("findme <@U123>", FindRequest(user="U123")),
        ("find <@U123> <@U124>", FindRequest(problem=Problem.SEVERAL)),
        ("please find me in Crab Week.", FindRequest(event="Crab Week")),
        ("find <@U123> in gala", FindRequest(user="U123", event="gala")),
        ("<@U123>", FindRequest(user="U123")),
        ("me", FindRequest()),
        ("help", FindRequest(help=True)),
        ("?", FindRequest(help=True)),
        ("<@UBOT> find me", FindRequest()),
        ("", FindRequest(problem=Problem.USAGE)),
        ("<@UBOT>", FindRequest(problem=Problem.USAGE)),
        ("hello", FindRequest(problem=Problem.USAGE, detail="hello")),
    ],
)
def test_a_message_to_the_bot(text: str, request_: FindRequest) -> None:
    assert parse_chat(text, "UBOT") == request_


@pytest.mark.parametrize(
    ("text", "first", "firm"),
    [
        ("<@UBOT> in crab-week", "crab-week", True),
        ("<@UBOT> in crab-wek!", "crab-wek", True),
        ("<@UBOT> in gala", "gala", True),  # the whole message
        ('<@UBOT> who is that in "Crab Week"', "Crab Week", True),
        ("<@UBOT> in <#C0CRABS|crabs>", "C0CRABS", True),
        ("<@UBOT|findme> who is that in Crab Week", "Crab Week", False),
        ("<@UBOT> find the person in this photo", "this photo", False),
        ("<@UBOT> who is in this picture?", "this picture?", False),
        ("<@UBOT> In which photos am I?", "which photos am I?", False),
        ("<@UBOT> who is in here", "here", False),
        ("<@UBOT> in it?", "it?", False),
        ("<@UBOT>", None, False),
        ("<@UBOT> in", None, False),
        ("", None, False),
    ],
)
def test_the_event_beside_a_photo(text: str, first: str | None, firm: bool) -> None:
    hint = event_in(text, "UBOT")
    assert (hint.names[0] if hint.names else None, hint.firm) == (first, firm)
    assert event_in(text, None) == hint  # where the bot's id is not known


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("in crab-week please", "crab-week"),
        ("who is in this photo, taken in Crab Week?", "Crab Week"),
        ("In crab-week, who is that?", "crab-week"),
        ("is she in gala? I am not sure", "gala"),
    ],
)
def test_a_name_in_a_sentence_is_among_the_hints(text: str, name: str) -> None:
    assert name in event_in(text, "UBOT").names


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Crab Week", "crab-week"),
        ("  --Gala_2026!-- ", "gala-2026"),
        ("Été", "ete"),
        ("🦀", ""),
        ("x" * 100, "x" * 60),
        ("../../etc", "etc"),
        ("日本 2026", "日本-2026"),
        ("Straße", "strasse"),
        ("हिन्दी", "हिन्दी"),
        ("cafe\u0301", "cafe"),
        ("が", "が"),
        ("か\u3099", "が"),  # the same, in two characters
        ("❤\ufe0f", ""),
    ],
)
def test_slugs_can_be_typed_again(name: str, slug: str) -> None:
    assert slugify(name) == slug


def test_an_event_is_named_as_it_is_or_nearly() -> None:
    assert same_event("Crab Week", "crab-week")
    assert same_event("crab-week", "crab-week")
    assert not same_event("crab", "crab-week")
    assert not same_event("🦀", "🐚")
    assert not same_event("日本2", "中国2")


def test_accents_may_be_encoded_in_two_ways() -> None:
    assert exact_event("cafe\u0301", "Caf\u00e9")
    assert not exact_event("cafe", "caf\u00e9")
    assert same_event("cafe", "caf\u00e9")
