"""Runs of `/index-event` as people are told of them: what goes on, what keeps it, how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.slack.addresses import is_slack, parse_slack
from pipeline.sources.address import is_url, parse_address
from pipeline.types import EventKey, Progress


class SourceKind(StrEnum):
    """What people call the place that photos come from."""

    FOLDER = "folder"
    ARCHIVE = "archive"
    CHANNEL = "channel"
    BUCKET = "bucket"


@dataclass(frozen=True, slots=True)
class Running:
    """An indexing run that is not finished."""

    key: EventKey
    progress: Progress | None  # None while it waits or looks through the source
    speed: float | None = None  # photos a second; None where it is not known, or nothing moves
    source: str = ""  # as PhotoSource.uri gives it
    deserted: bool = False  # nothing moves, and no worker is alive
    behind: EventKey | None = None  # the event whose run comes first


@dataclass(frozen=True, slots=True)
class Ended:
    """The last run of an event, when it has ended."""

    key: EventKey
    at: datetime  # UTC
    failed: int  # photos that could not be indexed
    reason: str = ""  # why it ended early, a sentence in Slack's markup; "" = it came to its end


def source_kind(source: str) -> SourceKind:
    """The kind of place behind an address, by its looks; nothing is opened."""
    if is_slack(source):
        return SourceKind.ARCHIVE if parse_slack(source).is_file else SourceKind.CHANNEL
    if is_url(source):
        address = parse_address(source)
        if address.is_archive:
            return SourceKind.ARCHIVE
        return SourceKind.BUCKET if address.scheme in {"s3", "gs", "gcs"} else SourceKind.FOLDER
    return SourceKind.ARCHIVE if source.lower().endswith(".zip") else SourceKind.FOLDER
