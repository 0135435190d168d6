"""`/index-event`: admins index a folder as an event of the channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot import policy
from bot.background import Background
from bot.errors import Refused
from bot.indexer import Indexer, IndexRequest, Running
from bot.listeners.parsing import IndexWish, parse_index
from bot.listeners.requests import command_conversation
from bot.replies import words
from bot.replies.progress import ProgressMessage
from bot.replies.threads import Messenger
from bot.slack.conversation import Conversation
from pipeline.types import EventKey

COMMAND = "/index-event"


@dataclass(frozen=True, slots=True)
class IndexRules:
    """Who may index what."""

    admins: frozenset[str]  # user ids besides the workspace's admins
    roots: tuple[Path, ...]  # folders whose subfolders may be indexed
    is_workspace_admin: Callable[[str], bool]


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
    if not policy.is_admin(asked.user, rules.admins, lambda: rules.is_workspace_admin(asked.user)):
        raise Refused(words.ADMINS_ONLY)
    if wish.status:
        return status(indexer.running(), asked)
    key = EventKey(wish.slug, asked.team, asked.channel)
    if wish.cancel:
        return words.index_cancelling(wish.slug, found=indexer.cancel(key))
    folder = readable_folder(wish.folder, rules.roots)
    request = IndexRequest(key, str(folder), asked.user)
    waits = indexer.submit(request, ProgressMessage(messenger, asked, wish.slug))
    return words.index_running(wish.slug) if waits is None else words.index_started(wish.slug, waits)


def readable_folder(name: str, roots: tuple[Path, ...]) -> Path:
    """The folder that may be read under that name. Raises Refused, saying nothing about what lies
    elsewhere."""
    if not roots:
        raise Refused(words.NO_ROOTS)
    folder = policy.allowed_folder(name, roots)
    if folder is None:
        raise Refused(words.OUTSIDE_ROOTS)
    if not folder.is_dir():
        raise Refused(words.no_such_folder(name))
    return folder


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
