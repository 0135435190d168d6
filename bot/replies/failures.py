"""The photos that could not be indexed, by reason; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot import words
from bot.replies.blocks import SECTION
from pipeline.types import FailedPhotos, Failure, IndexReport

MOST_REASONS = 6  # that a message names
MOST_EXAMPLES = 3  # photos that it names of each
MOST_NAMED = 10  # failed photos beyond which the full list goes into the thread
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SENTENCES = re.compile(r"(?<=[.!?]) +(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Room:
    """How long the texts of a summary may be, in characters."""

    name: int  # of a photo
    sentence: int  # a reason, a remedy


ROOMS = (Room(80, 200), Room(40, 200), Room(20, 120))
"""Tried in this order, until all reasons fit into a message; the last ones always do."""


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """The photos that failed for one reason."""

    reason: str  # what is wrong, a sentence
    remedy: str  # what to try first, a sentence
    photos: tuple[str, ...]  # names in the source


def grouped(failed: Sequence[Failure]) -> list[FailureGroup]:
    """The failures by reason, the most frequent first; numbers and names in the reasons do not part them."""
    reasons: dict[str, str] = {}
    photos: dict[str, list[str]] = {}
    for failure in failed:
        reason = failure.reason.replace(failure.photo, "The file")
        kind = NUMBER.sub("#", reason)
        reasons.setdefault(kind, reason)
        photos.setdefault(kind, []).append(failure.photo)
    groups = [
        FailureGroup(*split_remedy(reason), photos=tuple(photos[kind])) for kind, reason in reasons.items()
    ]
    return sorted(groups, key=lambda group: -len(group.photos))


def split_remedy(reason: str) -> tuple[str, str]:
    """What is wrong, and what to try: `It is empty: copy it again.` and `It is empty. Copy it again.`"""
    sentences = SENTENCES.split(reason.strip())
    if len(sentences) > 1:
        return " ".join(sentences[:-1]), sentences[-1]
    for mark in (": ", "; "):
        what, found, remedy = reason.rpartition(mark)
        if found:
            return f"{what}.", remedy[:1].upper() + remedy[1:]
    return reason, words.ANY_REMEDY


def summary(failed: Sequence[Failure]) -> str:
    """The reasons with their counts, examples and remedies, in Slack's markup; it fits into a section."""
    groups = grouped(failed)
    rest = groups[MOST_REASONS:]
    text = ""
    for room in ROOMS:
        lines = [words.failed_photos(len(failed)), *(_line(group, room) for group in groups[:MOST_REASONS])]
        if rest:
            lines.append(words.more_reasons(len(rest), sum(len(group.photos) for group in rest)))
        text = "\n".join(lines)
        if len(text) <= SECTION:
            break
    return text


def in_vain(report: IndexReport) -> str:
    """That no photo could be indexed, and mostly why: a sentence for the command line."""
    most, *others = grouped(report.failed)
    whose = f"{len(most.photos):,} of them: " if others else ""
    failed = words.count(len(report.failed), "photo")
    return (
        f"Nothing could be indexed into {report.event}: {failed} failed. {whose}{most.reason} {most.remedy}"
    )


def _line(group: FailureGroup, room: Room) -> str:
    named = [words.code(photo, room.name) for photo in group.photos[:MOST_EXAMPLES]]
    more = len(group.photos) - len(named)
    examples = ", ".join(named) + (f" and {more:,} more" if more else "")
    reason, remedy = (
        words.clip(words.public(words.one_line(text)), room.sentence) for text in (group.reason, group.remedy)
    )
    return f"• *{len(group.photos):,}* – {reason} ({examples})\n   First thing to try: {remedy}"


def examples(failed: FailedPhotos) -> list[str]:
    """A few of an event's failed photos, each with its reason: lines in Slack's markup."""
    return [
        f"{words.code(PurePosixPath(failure.photo).name, 40)}: "
        f"{words.clip(words.public(words.one_line(split_remedy(failure.reason)[0])), 120)}"
        for failure in failed.examples
    ]


def full_list(event: str, failed: Sequence[Failure]) -> str:
    """Every failed photo, by reason, as a text file."""
    parts = [f"{event}: {words.count(len(failed), 'photo')} could not be indexed\n"]
    for group in grouped(failed):
        head = f"{words.count(len(group.photos), 'photo')}: {group.reason}"
        lines = [
            head,
            f"First thing to try: {group.remedy}",
            *(f"    {words.one_line(name)}" for name in group.photos),
        ]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)
