"""What people type."""

from __future__ import annotations

import pytest

from bot.parsing import (
    FindRequest,
    IndexWish,
    Problem,
    event_in,
    parse_chat,
    parse_find,
    parse_index,
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
    ("text", "wish"),
    [
        ("", IndexWish(help=True)),
        ("help", IndexWish(help=True)),
        ("status", IndexWish(status=True)),
        ("crab-week photos/crab", IndexWish("crab-week", "photos/crab")),
        ('"Crab Week" "photos/crab week"', IndexWish("crab-week", "photos/crab week")),
        ("“Crab Week” ‘photos/crab week’", IndexWish("crab-week", "photos/crab week")),
        ("Tom's /photos/tom's", IndexWish("tom-s", "/photos/tom's")),
        ("b&amp;b photos/b&amp;b", IndexWish("b-b", "photos/b&b")),
        ("Été 2026", IndexWish("ete", "2026")),
        ("crab-week", IndexWish(problem=True)),
        ("crab week photos/crab", IndexWish(problem=True)),
        ("!!! photos", IndexWish(problem=True)),
        ('crab-week ""', IndexWish(problem=True)),
    ],
)
def test_index_event(text: str, wish: IndexWish) -> None:
    assert parse_index(text) == wish


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("find me", FindRequest()),
        ("Find me!", FindRequest()),
        ("findme", FindRequest()),
        ("/findme in gala", FindRequest(event="gala")),
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
    ("text", "event"),
    [
        ("<@UBOT> in crab-week", "crab-week"),
        ("<@UBOT|findme> who is that in Crab Week", "Crab Week"),
        ("<@UBOT>", None),
        ("<@UBOT> in", None),
        ("", None),
    ],
)
def test_the_event_beside_a_photo(text: str, event: str | None) -> None:
    assert event_in(text, "UBOT") == event
    assert event_in(text, None) == event  # where the bot's id is not known


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Crab Week", "crab-week"),
        ("  --Gala_2026!-- ", "gala-2026"),
        ("Été", "ete"),
        ("🦀", ""),
        ("x" * 100, "x" * 60),
        ("../../etc", "etc"),
    ],
)
def test_slugs_can_be_typed_again(name: str, slug: str) -> None:
    assert slugify(name) == slug


def test_an_event_is_named_as_it_is_or_nearly() -> None:
    assert same_event("Crab Week", "crab-week")
    assert same_event("crab-week", "crab-week")
    assert not same_event("crab", "crab-week")
    assert not same_event("🦀", "🐚")
