"""`/index-event`: admins index a folder or a ZIP archive as an event of the channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot import policy, words
from bot.background import Background
from bot.errors import Refused
from bot.indexer import Indexer, IndexRequest, Running
from bot.listeners.requests import command_conversation
from bot.parsing import IndexWish, parse_index
from bot.reach import readable_source
from bot.replies.progress import ProgressMessage
from bot.replies.threads import Messenger
from bot.slack.conversation import Conversation
from pipeline.types import EventKey

COMMAND = "/index-event"


@dataclass(frozen=True, slots=True)
class IndexRules:
    """Who may index what."""

    admins: frozenset[str]  # user ids besides the workspace's admins
    roots: tuple[Path, ...]  # folders in which subfolders and archives may be indexed
    is_workspace_admin: Callable[[str, str], bool]  # of a user id and this workspace's id


def register(
    app: App, rules: IndexRules, indexer: Indexer, background: Background, messenger: Messenger
) -> None:
    """Registers `/index-event`."""

    def index(ack: Ack, context: BoltContext, body: dict[str, Any]) -> None:
        wish = parse_index(str(body.get("text") or ""))
        asked = command_conversation(context, body)
        if wish.help or wish.problem or background.busy:
            busy = background.busy and not (wish.help or wish.problem)
            ack(response_type="ephemeral", text=words.BUSY if busy else words.INDEX_USAGE)
            return
        ack(response_type="ephemeral", text=words.ONE_MOMENT)
        # Whether the person is an admin is asked of Slack, and that may take longer than an acknowledgement.
        background.submit(
            lambda: messenger.tell(asked, answer(wish, asked, rules, indexer, messenger)),
            lambda sentence: messenger.tell(asked, sentence),
        )

    app.command(COMMAND)(index)


def answer(
    wish: IndexWish, asked: Conversation, rules: IndexRules, indexer: Indexer, messenger: Messenger
) -> str:
    """Starts or cancels what was wished for; the sentence to say. Raises Refused."""
    if not policy.is_admin(
        asked.user, rules.admins, lambda: rules.is_workspace_admin(asked.user, asked.team)
    ):
        raise Refused(words.ADMINS_ONLY)
    if wish.status:
        return status(indexer.running(), asked)
    key = EventKey(wish.slug, asked.team, asked.channel)
    if wish.cancel:
        return words.index_cancelling(wish.slug, found=indexer.cancel(key))
    source = readable_source(wish.source, rules.roots)
    request = IndexRequest(key, str(source), asked.user)
    waits = indexer.submit(request, ProgressMessage(messenger, asked, wish.slug))
    return words.index_running(wish.slug) if waits is None else words.index_started(wish.slug, waits)


def status(running: list[Running], asked: Conversation) -> str:
    """What is being indexed in this workspace; another channel's event stays unnamed."""
    lines = []
    for job in running:
        if job.key.team != asked.team:
            continue
        name = (
            f"*{words.escape(job.key.slug)}*"
            if job.key.channel == asked.channel
            else "an event of another channel"
        )
        if job.progress is None:
            lines.append(f"• {name}: waiting, or looking through its folder")
        else:
            lines.append(
                f"• {name}: {job.progress.done:,} of {words.count(job.progress.total, 'photo')} done"
            )
    return "\n".join(["Being indexed:", *lines]) if lines else words.INDEXING_NOTHING
