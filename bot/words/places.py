"""Where photos come from, for people: no inner addresses of Slack's, no paths of machines; pure."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from bot.words.text import code, escape

SLACK_FILE = re.compile(r"slack://[A-Z0-9]+/F[A-Z0-9]+")
SLACK_CHANNEL = re.compile(r"slack://[A-Z0-9]+/([CG][A-Z0-9]+)")
FOLDERS = re.compile(r"(?<![^\s(`'\"])/(?:[^\s/]+/)+")
"""The folders of an absolute path. A command, such as /invite, has no second slash."""


def public(sentence: str) -> str:
    """A sentence of the pipeline's as a channel may read it, in Slack's markup: of a path its end is left."""
    text = FOLDERS.sub("", escape(sentence))
    text = SLACK_CHANNEL.sub(r"<#\1>", text)
    return SLACK_FILE.sub(lambda found: f"{'the' if found.start() else 'The'} uploaded archive", text)


def source(address: str, name: str = "") -> str:
    """An event's source, in Slack's markup. name: that of an uploaded file, where it is known."""
    channel = SLACK_CHANNEL.fullmatch(address)
    if channel is not None:
        return f"<#{channel[1]}>"
    if SLACK_FILE.fullmatch(address):
        return code(name) if name else "the archive that was uploaded"
    return code(PurePosixPath(address).name if address.startswith("/") else address)
