"""What a workspace consists of: people, conversations, messages, files, views. All frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Kind(StrEnum):
    """The kinds of conversation."""

    PUBLIC = "public"
    PRIVATE = "private"
    DM = "dm"
    GROUP_DM = "group_dm"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the workspace; apps' users are people too."""

    id: str  # U... or W...
    name: str  # the handle, as in @grace
    real_name: str
    is_admin: bool = False
    is_bot: bool = False
    deleted: bool = False
    is_guest: bool = False
    is_stranger: bool = False
    avatar: bytes | None = None  # the picture as uploaded; None: a generated default
    has_picture: bool = True  # False: the profile names no picture at all

    @property
    def avatar_hash(self) -> str:
        """Changes when the picture does, as in Slack, so that its addresses change too."""
        return hashlib.sha256(self.avatar or self.id.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation of any kind."""

    id: str  # C... or D...
    name: str  # empty for a DM
    kind: Kind
    members: frozenset[str]  # ids
    archived: bool = False
    restricted: str | None = None  # the error that posting meets, such as "restricted_action"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An uploaded file."""

    id: str  # F...
    name: str
    title: str
    owner: str  # a person's id
    data: bytes
    mimetype: str = ""  # empty until Slack has looked at the file
    alt_text: str = ""
    created: int = 0  # seconds since 1970
    shares: tuple[tuple[str, str], ...] = ()  # (channel, ts of the message)
    deleted: bool = False
    access: str = "visible"  # or "check_file_info", "access_denied", as files of Slack Connect have
    mode: str = "hosted"  # or "external", "hidden_by_limit"
    given: bool = False  # to the app, in one of its forms


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands now."""

    channel: str
    ts: str  # "seconds.micros": both its time and its id within the channel
    user: str  # the author's id
    text: str
    blocks: tuple[Json, ...] = ()
    files: tuple[str, ...] = ()  # ids
    thread_ts: str | None = None  # the parent's ts, for a reply
    visible_to: str | None = None  # an ephemeral message is seen by this person only
    subtype: str | None = None
    edited: bool = False
    reactions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # emoji name -> ids of people
    metadata: Json | None = None

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True, slots=True)
class View:
    """A modal or a Home tab that the app has shown to somebody."""

    id: str  # V...
    user: str
    view: Json  # as the app gave it
    hash: str
    previous: str | None = None  # the view below it, for a pushed modal

    @property
    def type(self) -> str:
        return str(self.view.get("type", ""))


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """Who the app under test is, and its secrets (worthless outside this machine)."""

    bot_token: str
    app_token: str
    signing_secret: str
    name: str = "findme"
    app_id: str = "A0FINDME0"
    bot_user: str = "U0FINDMEBOT"
    bot_id: str = "B0FINDME0"
    team_id: str = "T0PLAYGRND"
    team_name: str = "Playground"
    verification_token: str = "playground-verification"  # noqa: S105  (Slack's deprecated field; no secret)
