"""Addresses of photos in Slack, under which events keep their source: `slack://TEAM/CHANNEL`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.errors import SourceUnreachable

SCHEME = "slack://"
ADDRESS = re.compile(r"slack://([TE][A-Z0-9]+)/([CGF][A-Z0-9]+)")


@dataclass(frozen=True, slots=True)
class SlackAddress:
    """A channel, or a file, of a workspace."""

    team: str  # workspace id
    id: str  # C... or G... for a channel, F... for a file

    @property
    def uri(self) -> str:
        """As an event keeps it."""
        return f"{SCHEME}{self.team}/{self.id}"

    @property
    def is_file(self) -> bool:
        """A file; else a channel."""
        return self.id.startswith("F")


def is_slack(address: str) -> bool:
    """Does it name photos in Slack?"""
    return address.startswith(SCHEME)


def is_channel(address: str) -> bool:
    """Does it name a channel, whose events follow it?"""
    return is_slack(address) and not parse_slack(address).is_file


def parse_slack(address: str) -> SlackAddress:
    """Reads an event's source. Raises SourceUnreachable for what names no channel and no file."""
    found = ADDRESS.fullmatch(address)
    if found is None:
        raise SourceUnreachable(f"{address} names no channel and no file of Slack.")
    return SlackAddress(found[1], found[2])
