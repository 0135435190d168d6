"""What admins type after `/index-event`, turned into wishes; pure."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from bot.parsing import quoted_words, slugify

ALIKE = 0.7  # share of letters from which on a mistyped verb counts as meant


class Verb(StrEnum):
    """What is wished for."""

    INDEX = "index"
    FORM = "form"  # nothing was typed: asks with a form
    STATUS = "status"
    CANCEL = "cancel"
    DELETE = "delete"
    RENAME = "rename"
    HELP = "help"
    PROBLEM = "problem"


ARGUMENTS = {Verb.STATUS: 0, Verb.CANCEL: 1, Verb.DELETE: 1, Verb.RENAME: 2}
"""The verbs that people type, and how many names each takes."""


@dataclass(frozen=True, slots=True)
class IndexWish:
    """What an admin wishes."""

    verb: Verb
    name: str = ""  # the event: as a slug where it is to be made, else as typed
    source: str = ""  # as typed: a folder, an archive, a channel
    new_name: str = ""  # as a slug
    meant: str = ""  # what else may have been meant: the words with the right verb
    of: Verb | None = None  # the verb that a problem is about


def parse_index(text: str) -> IndexWish:
    """Reads `NAME SOURCE`, or a verb and its names; quotes go around what has blanks.

    A name that equals a verb is taken for the verb, unless it is quoted.
    """
    words = quoted_words(text)
    if not words:
        return IndexWish(Verb.FORM)
    (first, is_quoted), rest = words[0], [word.strip() for word, _ in words[1:]]
    lowered = "" if is_quoted else first.casefold()
    if lowered in ("?", "--help", Verb.HELP):
        return IndexWish(Verb.HELP)
    for verb, arguments in ARGUMENTS.items():
        if lowered == verb:
            right = len(rest) == arguments and all(map(slugify, rest))
            return _with_names(verb, rest) if right else IndexWish(Verb.PROBLEM, of=verb)
    meant = "" if is_quoted else _meant(lowered, rest)
    slug = slugify(first)
    if len(rest) != 1 or not slug or not rest[0]:
        return IndexWish(Verb.PROBLEM, meant=meant)
    return IndexWish(Verb.INDEX, name=slug, source=rest[0], meant=meant)


def _with_names(verb: Verb, names: list[str]) -> IndexWish:
    new_name = slugify(names[1]) if verb is Verb.RENAME else ""
    return IndexWish(verb, name=names[0] if names else "", new_name=new_name)


def _meant(first: str, rest: list[str]) -> str:
    """The words with the verb that is nearly the first one; "" where there is none, or it takes others."""
    verbs = [verb for verb, arguments in ARGUMENTS.items() if arguments == len(rest)]
    near = get_close_matches(first, verbs + ([] if rest else [Verb.HELP]), n=1, cutoff=ALIKE)
    return " ".join([near[0], *(f'"{word}"' if " " in word else word for word in rest)]) if near else ""
