"""Block Kit messages; pure. Every message also says everything in its plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot import words
from pipeline.types import Failure, IndexReport, Progress

SECTION = 3000  # characters that Slack takes in a section
TEXT = 4000  # in a message's text
MOST_FAILURES = 5  # failed photos that a report names
SIMILAR = "findme_similar"  # action_id of the button that brings further shots of the moments shown
MOST_SIMILAR = 50  # of them that one button brings
BAR = 20  # characters of the progress bar

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """What chat.postMessage takes."""

    text: str  # the whole content, for notifications and screen readers
    blocks: list[Block]


def section(text: str) -> Block:
    """A paragraph."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": words.clip(text, SECTION)}}


def context(text: str) -> Block:
    """A small line."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": words.clip(text, SECTION)}]}


def message(text: str, notes: Sequence[str] = ()) -> Message:
    """A paragraph with small lines below."""
    whole = "\n".join([text, *notes])
    return Message(words.clip(whole, TEXT), [section(text), *(context(note) for note in notes)])


def with_similar(to: Message, event_id: int, photo_ids: Sequence[int]) -> Message:
    """The message with a button that brings these photos of an event."""
    ids = [str(photo) for photo in photo_ids[:MOST_SIMILAR]]
    label = {"type": "plain_text", "text": words.show_similar(len(ids))}
    value = f"{event_id}:{','.join(ids)}"
    button = {"type": "button", "action_id": SIMILAR, "text": label, "value": value}
    return Message(to.text, [*to.blocks, {"type": "actions", "elements": [button]}])


def bar(done: int, total: int) -> str:
    """`████░░░░ 40 %`, from done of total."""
    share = min(1.0, done / total) if total else 0.0
    filled = int(share * BAR)
    return f"{'█' * filled}{'░' * (BAR - filled)} {int(share * 100)} %"


def indexing(slug: str, admin: str, progress: Progress | None) -> Message:
    """The progress message of `/index-event`."""
    head = words.indexing(slug, admin)
    if progress is None:
        return message(f"{head}: looking through the folder…")
    total, faces = words.count(progress.total, "photo"), words.count(progress.faces, "face")
    line = f"{progress.done:,} of {total} done, {faces} found"
    if progress.failed:
        line += f", {progress.failed:,} failed"
    return Message(
        words.clip(f"{head}: {line}.", TEXT),
        [section(f"{head}\n`{bar(progress.done, progress.total)}`\n{line}")],
    )


def report(outcome: IndexReport) -> Message:
    """The final report of `/index-event`."""
    head = (
        f"*{words.escape(outcome.event)}* is ready: {words.count(outcome.photos, 'photo')} with "
        f"{words.count(outcome.faces, 'face')}."
    )
    changes = ", ".join(
        f"{number:,} {word}"
        for number, word in (
            (outcome.added, "added"),
            (outcome.skipped, "there before"),
            (outcome.removed, "removed"),
            (len(outcome.failed), "failed"),
        )
        if number
    )
    notes = [f"{changes or 'Nothing new'} · {_duration(outcome.seconds)}"]
    lines = [head, *([failures(outcome.failed)] if outcome.failed else []), first_try(outcome)]
    return message("\n".join(lines), notes)


def failures(failed: Sequence[Failure]) -> str:
    """The first failed photos by name and reason, and how many more."""
    lines = [
        f"• `{words.escape(words.clip(failure.photo, 120))}`: {words.escape(words.clip(failure.reason, 200))}"
        for failure in failed[:MOST_FAILURES]
    ]
    more = len(failed) - MOST_FAILURES
    if more > 0:
        lines.append(f"and {more:,} more")
    return "\n".join([f"{words.count(len(failed), 'photo')} could not be indexed:", *lines])


def first_try(outcome: IndexReport) -> str:
    """What to do next."""
    if outcome.faces == 0:
        return "I found no faces in them, so there is nobody to find yet."
    return (
        "Try it: type `/findme` in this channel to find yourself, or `/findme @someone in "
        f"{words.escape(outcome.event)}`."
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"
