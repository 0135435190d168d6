"""The messages about a run of `/index-event`; pure."""

from __future__ import annotations

from bot import words
from bot.pace import seconds_left
from bot.replies.blocks import TEXT, Message, context, message, section
from bot.replies.failures import MOST_NAMED, summary
from pipeline.types import IndexReport, Progress

BAR = 20  # characters of the progress bar


def bar(done: int, total: int) -> str:
    """`████░░░░ 40 %`, from done of total."""
    share = min(1.0, done / total) if total else 0.0
    filled = int(share * BAR)
    return f"{'█' * filled}{'░' * (BAR - filled)} {int(share * 100)} %"


def counts(progress: Progress, speed: float | None) -> str:
    """`2,012 of 5,000 photos done, 8,033 faces found, 3 failed · 11.2 photos/s, about 4 min left`."""
    total, faces = words.count(progress.total, "photo"), words.count(progress.faces, "face")
    line = f"{progress.done:,} of {total} done, {faces} found"
    if progress.failed:
        line += f", {progress.failed:,} failed"
    pace = words.pace(speed, seconds_left(progress, speed))
    return f"{line} · {pace}" if pace else line


def indexing(slug: str, admin: str, progress: Progress | None, speed: float | None = None) -> Message:
    """The progress message of `/index-event`."""
    head = words.indexing(slug, admin)
    waits = f"\n{words.waiting_for(progress.trouble)}" if progress and progress.trouble else ""
    if progress is None or not progress.total:
        fetching = progress.fetching if progress else None
        doing = words.fetching(*fetching) if fetching else "looking through the folder"
        return message(f"{head}: {doing}…{waits}")
    line = counts(progress, speed)
    return Message(
        words.clip(f"{head}: {line}.{waits}", TEXT),
        [section(f"{head}\n`{bar(progress.done, progress.total)}`\n{line}{waits}")],
    )


def report(outcome: IndexReport) -> Message:
    """The final report of `/index-event`."""
    if outcome.in_vain:
        head = words.nothing_indexed(outcome.event)
    else:
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
    note = f"{changes or 'Nothing new'} · {words.duration(outcome.seconds)}"
    parts = [head, *([summary(outcome.failed)] if outcome.failed else [])]
    if len(outcome.failed) > MOST_NAMED:
        parts.append(words.whole_list(len(outcome.failed)))
    if not outcome.in_vain:
        parts.append(first_try(outcome))
    text = words.clip("\n".join([*parts, note]), TEXT)
    return Message(text, [*(section(part) for part in parts), context(note)])


def first_try(outcome: IndexReport) -> str:
    """What to do next."""
    if outcome.faces == 0:
        return "I found no faces in them, so there is nobody to find yet."
    return (
        "Try it: type `/findme` in this channel to find yourself, or `/findme @someone in "
        f"{words.escape(outcome.event)}`."
    )
