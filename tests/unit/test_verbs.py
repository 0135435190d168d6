"""What admins type after /index-event."""

from __future__ import annotations

import pytest

from bot.verbs import IndexWish, Verb, parse_index


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("", IndexWish(Verb.FORM)),
        ("  ", IndexWish(Verb.FORM)),
        ("help", IndexWish(Verb.HELP)),
        ("?", IndexWish(Verb.HELP)),
        ("help me please", IndexWish(Verb.HELP)),
        ("STATUS", IndexWish(Verb.STATUS)),
        ("cancel Crab-Week", IndexWish(Verb.CANCEL, "Crab-Week")),
        ('delete "Crab Week"', IndexWish(Verb.DELETE, "Crab Week")),
        ('rename crab-week "Crab Week 2026"', IndexWish(Verb.RENAME, "crab-week", new_name="crab-week-2026")),
    ],
)
def test_verbs(text: str, wish: IndexWish) -> None:
    assert parse_index(text) == wish


@pytest.mark.parametrize(
    ("text", "name", "source"),
    [
        ("crab-week photos/crab", "crab-week", "photos/crab"),
        ('"Crab Week" "photos/crab week"', "crab-week", "photos/crab week"),
        ("“Crab Week” ‘photos/crab week’", "crab-week", "photos/crab week"),
        ("Tom's /photos/tom's", "tom-s", "/photos/tom's"),
        ("b&amp;b photos/b&amp;b", "b-b", "photos/b&b"),
        ("Été 2026", "ete", "2026"),
        ("日本 /x", "日本", "/x"),
        ("party &lt;#C042|party&gt;", "party", "<#C042|party>"),
        ('"cancel" photos/x', "cancel", "photos/x"),  # quoted, a verb is a name
        ('"status" photos/x', "status", "photos/x"),
    ],
)
def test_a_name_and_a_source(text: str, name: str, source: str) -> None:
    assert parse_index(text) == IndexWish(Verb.INDEX, name, source)


@pytest.mark.parametrize("text", ["crab-week", "crab week photos/crab", "!!! photos", 'crab-week ""'])
def test_what_is_nothing(text: str) -> None:
    assert parse_index(text) == IndexWish(Verb.PROBLEM)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("status crab-week", Verb.STATUS),
        ("cancel", Verb.CANCEL),
        ("delete crab week", Verb.DELETE),
        ("rename crab-week", Verb.RENAME),
        ("rename crab-week !!!", Verb.RENAME),
    ],
)
def test_a_verb_with_the_wrong_number_of_names(text: str, verb: Verb) -> None:
    assert parse_index(text) == IndexWish(Verb.PROBLEM, of=verb)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("stauts", "status"),
        ("hlep", "help"),
        ("renmae a b", "rename a b"),
        ("delet crab-week", "delete crab-week"),  # as a name with a source it is tried first
        ('cancle "Crab Week"', 'cancel "Crab Week"'),
        ("party photos/party", ""),
        ('"stauts"', ""),
    ],
)
def test_a_mistyped_verb_is_suggested(text: str, meant: str) -> None:
    assert parse_index(text).meant == meant
