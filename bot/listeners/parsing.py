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
class IndexWish:
    """What to index under which name."""

    slug: str = ""
    folder: str = ""
    help: bool = False
    status: bool = False
    cancel: bool = False
    problem: bool = False


def parse_find(text: str) -> FindRequest:
    """Reads what follows `/findme`: `[@user] [in EVENT]`, `me`, `help`, in any order and case."""
    users = list(dict.fromkeys(MENTION.findall(text)))
    words = _words(CHANNEL.sub(r" \1 ", MENTION.sub(" ", text)))
    if len(users) > 1:
        return FindRequest(problem=Problem.SEVERAL)
    if [word.casefold() for word in words] in (["help"], ["?"], ["--help"]) and not users:
        return FindRequest(help=True)
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


def parse_index(text: str) -> IndexWish:
    """Reads what follows `/index-event`: `NAME FOLDER`, with quotes around what has blanks; `cancel NAME`."""
    words = _words(text)
    lowered = [word.casefold() for word in words]
    if lowered in ([], ["help"], ["?"], ["--help"]):
        return IndexWish(help=True)
    if lowered == ["status"]:
        return IndexWish(status=True)
    if lowered[0] == "cancel" and len(words) == 2 and slugify(words[1]):
        return IndexWish(slug=slugify(words[1]), cancel=True)
    slug = slugify(words[0])
    if len(words) != 2 or not slug or not words[1].strip():
        return IndexWish(problem=True)
    return IndexWish(slug=slug, folder=words[1].strip())


def parse_chat(text: str, bot_user: str | None) -> FindRequest:
    """Reads a message to the bot: `find me in crab-week`, `@grace`, `help`; anything else is a problem."""
    words = without_bot(text, bot_user)
    stripped = re.sub(r"^\s*(please\s+)?/?find\s*", "", words, flags=re.IGNORECASE)
    if stripped == words and not stripped.strip():
        return FindRequest(problem=Problem.USAGE)
    return parse_find(re.sub(r"[.!?]+\s*$", "", stripped) if stripped.strip() != "?" else stripped)


def event_in(text: str, bot_user: str | None) -> str | None:
    """The event that a message with a photo names after the word "in", or None."""
    words = _words(CHANNEL.sub(r" \1 ", MENTION.sub(" ", without_bot(text, bot_user))))
    return _split_at_in(words)[1] or None


def without_bot(text: str, bot_user: str | None) -> str:
    """The text without the mention of the bot; where its id is unknown, without the first mention."""
    if bot_user is None:
        return MENTION.sub(" ", text, count=1)
    return re.sub(rf"<@{re.escape(bot_user)}(?:\|[^>]*)?>", " ", text)


def slugify(name: str) -> str:
    """The name as a-z, 0-9 and dashes, so that it can be typed again; "" when nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH].rstrip("-")


def same_event(typed: str, slug: str) -> bool:
    """Does what somebody typed name this event?"""
    wanted = slugify(typed)
    return typed.casefold() == slug.casefold() or (wanted != "" and wanted == slugify(slug))


def _words(text: str) -> list[str]:
    """Splits at blanks, keeps what is quoted together, undoes Slack's &amp; &lt; &gt;."""
    plain = html.unescape(text.translate(QUOTES))
    return ["".join(groups) for groups in WORD.findall(plain)]


def _split_at_in(words: list[str]) -> tuple[list[str], str | None]:
    """The words outside `in EVENT`, and EVENT; None without the word, "" when nothing follows it."""
    for place, word in enumerate(words):
        if word.casefold() == "in":
            name = words[place + 1 :]
            # "in crab-week me": the one word that may follow an event's name
            rest = [name.pop()] if len(name) > 1 and name[-1].casefold() == "me" else []
            return words[:place] + rest, " ".join(name).strip()
    return words, None
