"""What people type, turned into requests; pure."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
CHANNEL = re.compile(r"<#([CG][A-Z0-9]+)(?:\|[^>]*)?>")
WORD = re.compile(r'"([^"]*)"|\'([^\']*)\'|(\S+)')
QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'"})
PUNCTUATION = ".,;:!?()"
CALL = re.compile(r"^\s*(please\s+)?(/?findme\b|/?find)\s*", re.IGNORECASE)
"""What may come first in a message to the bot: the command's name, as typed in a channel, or a verb."""
HELP = frozenset({"help", "?", "--help"})
MOST_NAME_WORDS = 8  # after "in" that are tried as an event's name
SLUG_LENGTH = 60  # characters; longer names are hard to type again


class Problem(StrEnum):
    """Why a text is no request."""

    USAGE = "usage"
    PLAIN_NAME = "plain name"  # @name typed as plain text, which says nobody
    SEVERAL = "several people"
    NO_EVENT_NAME = "nothing after in"


@dataclass(frozen=True, slots=True)
class FindRequest:
    """Whom to look for, and where."""

    user: str | None = None  # user id; None = the person who asks
    event: str | None = None  # as typed, or a channel's id; None = the default event
    help: bool = False
    problem: Problem | None = None
    detail: str = ""  # the words that were not understood


@dataclass(frozen=True, slots=True)
class EventHint:
    """What may name an event in the words beside a photo."""

    names: tuple[str, ...] = ()  # what may be its name, the most likely first
    firm: bool = False  # can the words mean nothing else?


def parse_find(text: str) -> FindRequest:
    """Reads what follows `/findme`: `[@user] [in EVENT]`, `me`, in any order and case; or `help`, first."""
    users = list(dict.fromkeys(MENTION.findall(text)))
    words = _words(CHANNEL.sub(r" \1 ", MENTION.sub(" ", text)))
    if words and _asks_for_help(words[0]):
        return FindRequest(help=True)
    if len(users) > 1:
        return FindRequest(problem=Problem.SEVERAL)
    before, event = _split_at_in(words)
    if event == "":
        return FindRequest(problem=Problem.NO_EVENT_NAME)
    if not users and any(word.startswith("@") for word in before):
        return FindRequest(problem=Problem.PLAIN_NAME, detail=" ".join(before))
    if users and not before:
        return FindRequest(user=users[0], event=event)
    if not users and [word.casefold() for word in before] in ([], ["me"]):
        return FindRequest(event=event)
    return FindRequest(problem=Problem.USAGE, detail=" ".join(before))


def _asks_for_help(word: str) -> bool:
    return word.casefold() in HELP or word.casefold().rstrip(PUNCTUATION) in HELP


def parse_upload(text: str, bot_user: str | None) -> str:
    """The event's name in `index NAME`, what somebody writes beside an archive; "" where it is not that."""
    words = _words(without_bot(text, bot_user))
    return slugify(words[1]) if len(words) == 2 and words[0].casefold() == "index" else ""


def parse_chat(text: str, bot_user: str | None) -> FindRequest:
    """Reads a message to the bot: `find me in crab-week`, `@grace`, `help`, or `/findme` and what follows it.

    Anything else is a problem.
    """
    words = without_bot(text, bot_user)
    stripped = CALL.sub("", words)
    if stripped == words and not stripped.strip():
        return FindRequest(problem=Problem.USAGE)
    return parse_find(re.sub(r"[.!?]+\s*$", "", stripped) if stripped.strip() != "?" else stripped)


def event_in(text: str, bot_user: str | None) -> EventHint:
    """What the message with a photo may name as its event: words that follow an "in".

    People write sentences ("find the person in this photo"), so that only what looks like a name and ends
    the message is surely one: `in crab-week`, `in "Crab Week"`, or a whole message of `in gala`.
    """
    plain = CHANNEL.sub(r" \1 ", MENTION.sub(" ", without_bot(text, bot_user)))
    words = _words(plain)
    names: list[str] = []
    for place in reversed([place for place, word in enumerate(words) if word.casefold() == "in"]):
        following = words[place + 1 : place + 1 + MOST_NAME_WORDS]
        for end in range(len(following), 0, -1):
            typed = " ".join(following[:end])
            names += [typed, typed.strip(PUNCTUATION)]
    firm = len(words) > 1 and words[-2].casefold() == "in" and _is_name(words[-1], alone=len(words) == 2)
    if firm:
        names = [words[-1].rstrip(PUNCTUATION), *names]
    return EventHint(tuple(dict.fromkeys(name for name in names if name)), firm)


def _is_name(word: str, *, alone: bool) -> bool:
    """Does the last word after "in" look like an event's name? alone: there is nothing else."""
    if " " in word.strip() or re.fullmatch(r"[CG][A-Z0-9]{5,}", word):  # it was quoted; a channel's id
        return True
    return bool(re.search(r"\w[-_]\w|\d", word)) or (alone and not word.endswith("?"))


def without_bot(text: str, bot_user: str | None) -> str:
    """The text without the mention of the bot; where its id is unknown, without the first mention."""
    if bot_user is None:
        return MENTION.sub(" ", text, count=1)
    return re.sub(rf"<@{re.escape(bot_user)}(?:\|[^>]*)?>", " ", text)


def slugify(name: str) -> str:
    """The name in small letters, digits and dashes, so that it can be typed again; "" when nothing is left.

    Accents go from Latin letters; letters of other scripts stay as they are.
    """
    slug = ""
    for character in unicodedata.normalize("NFC", name):
        plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
        belongs = character.isalnum() or (
            slug[-1:] not in {"", "-"} and unicodedata.category(character).startswith("M")
        )
        slug += plain or (character if belongs else "-")
    slug = unicodedata.normalize("NFC", slug.casefold())
    slug = "".join(one if one.isalnum() or unicodedata.category(one).startswith("M") else "-" for one in slug)
    return re.sub(r"-+", "-", slug).strip("-")[:SLUG_LENGTH].rstrip("-")


def exact_event(typed: str, slug: str) -> bool:
    """Is it the event's very name, but for case and for how accents are encoded?"""
    return _folded(typed) == _folded(slug)


def same_event(typed: str, slug: str) -> bool:
    """Does what somebody typed name this event, exactly or nearly (`Crab Week` for `crab-week`)?"""
    wanted = slugify(typed)
    return exact_event(typed, slug) or (wanted != "" and wanted == slugify(slug))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def quoted_words(text: str) -> list[tuple[str, bool]]:
    """Splits at blanks, keeps what is quoted together, undoes Slack's &amp; &lt; &gt;; was it quoted?"""
    plain = html.unescape(text.translate(QUOTES))
    return [("".join(match.groups(default="")), match[3] is None) for match in WORD.finditer(plain)]


def _words(text: str) -> list[str]:
    return [word for word, _ in quoted_words(text)]


def _split_at_in(words: list[str]) -> tuple[list[str], str | None]:
    """The words outside `in EVENT`, and EVENT; None without the word, "" when nothing follows it."""
    for place, word in enumerate(words):
        if word.casefold() == "in":
            name = words[place + 1 :]
            # "in crab-week me": the one word that may follow an event's name
            rest = [name.pop()] if len(name) > 1 and name[-1].casefold() == "me" else []
            return words[:place] + rest, " ".join(name).strip()
    return words, None
