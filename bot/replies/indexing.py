"""The messages about a run of `/index-event`; pure."""

from __future__ import annotations

from bot import words
from bot.pace import seconds_left
from bot.replies.blocks import TEXT, Message, context, message, section
from bot.replies.failures import summary
from bot.runs import Running, source_kind
from pipeline.types import IndexReport, Progress

BAR = 20  # characters of the progress bar


def bar(done: int, total: int) -> str:
    """`████░░░░ 40 %`, from done of total."""
    share = min(1.0, done / total) if total else 0.0
    filled = int(share * BAR)
    return f"{'█' * filled}{'░' * (BAR - filled)} {int(share * 100)} %"


def counts(run: Running, progress: Progress) -> str:
    """`2,012 of 5,000 photos done, 8,033 faces found, 3 failed · 11.2 photos/s, about 4 min left`."""
    total, faces = words.count(progress.total, "photo"), words.count(progress.faces, "face")
    line = f"{progress.done:,} of {total} done, {faces} found"
    if progress.failed:
        line += f", {progress.failed:,} failed"
    if progress.trouble or run.deserted:
        return line
    pace = words.pace(run.speed, seconds_left(progress, run.speed))
    return f"{line} · {pace}" if pace else line


def indexing(slug: str, admin: str, run: Running) -> Message:
    """The progress message of `/index-event`."""
    head, held_up, progress = words.indexing(slug, admin), hindrance(run), run.progress
    below = f"\n{held_up}" if held_up else ""
    if progress is None or not progress.total:
        if run.deserted:
            return message(f"{head}.{below}")
        fetching = progress.fetching if progress else None
        doing = words.fetching(*fetching) if fetching else words.looking_through(source_kind(run.source))
        return message(f"{head}: {doing}…{below}")
    line = counts(run, progress)
    return Message(
        words.clip(f"{head}: {line}.{below}", TEXT),
        [section(f"{head}\n`{bar(progress.done, progress.total)}`\n{line}{below}")],
    )


def hindrance(run: Running) -> str:
    """What keeps a run from going on; "" = nothing."""
    if run.progress is not None and run.progress.trouble:
        waits = words.waiting_for(run.progress.trouble)
        return f"{waits} {words.NO_WORKER_MEANWHILE}" if run.deserted else waits
    if run.deserted:
        return words.NO_WORKER
    if run.behind is None:
        return ""
    # Another channel's event is not named: those who read this may not know of it.
    seen = (run.behind.team, run.behind.channel) == (run.key.team, run.key.channel)
    return words.waits_behind(run.behind.slug if seen else None)


def report(outcome: IndexReport, channel: str, *, listed: bool = False) -> Message:
    """The final report of `/index-event`.

    channel: whose event it is. listed: all failed photos are named in its thread.
    """
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
            (outcome.skipped, "there already"),
            (outcome.removed, "removed"),
            (len(outcome.failed), "failed"),
        )
        if number
    )
    note = f"{changes or 'Nothing new'} · {words.duration(outcome.seconds)}"
    parts = [head, *([summary(outcome.failed)] if outcome.failed else [])]
    if listed:
        parts.append(words.whole_list(len(outcome.failed)))
    if not outcome.in_vain:
        parts.append(first_try(outcome, channel))
    text = words.clip("\n".join([*parts, note]), TEXT)
    return Message(text, [*(section(part) for part in parts), context(note)])


def first_try(outcome: IndexReport, channel: str) -> str:
    """What to do next."""
    if outcome.faces == 0:
        return "I found no faces in them, so there is nobody to find yet."
    return words.try_it(outcome.event, channel)
