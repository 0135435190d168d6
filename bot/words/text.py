"""Text from files and people inside sentences: escaped, cut, counted, listed; pure."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMES = 10  # events or photos that a sentence lists


def escape(text: str) -> str:
    """Text from files or people, with Slack's three control characters made harmless."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(text: str, longest: int) -> str:
    """The text, cut to `longest` characters with an ellipsis; never in the middle of an escaped character."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    start = cut.rfind("&")
    if start > len(cut) - len("&amp;") and ";" not in cut[start:]:
        cut = cut[:start]
    return cut + "…"


def one_line(text: str) -> str:
    """The text without line breaks and characters that are not seen."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def code(text: str, longest: int = 200) -> str:
    """Text from files or people as a code span, with nothing in it that would end the span."""
    line = one_line(text).replace("`", "'")
    return f"`{clip(escape(line), longest)}`"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 photo`, `1,234 photos`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def mention(user: str) -> str:
    """Slack shows it as the person's name."""
    return f"<@{user}>"


def listed(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    shown = ", ".join(map(code, names[:MOST_NAMES]))
    more = len(names) - MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
