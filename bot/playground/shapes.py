"""Slack's JSON for people, conversations, messages and files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from bot.playground.model import AppIdentity, Channel, Json, Kind, Message, Person, StoredFile, View
from bot.playground.workspace import Workspace

AVATAR_SIZES = (24, 32, 48, 72, 192, 512)


@dataclass(frozen=True)
class Shapes:
    """Turns the workspace's objects into Slack's JSON, as the app sees them."""

    workspace: Workspace
    app: AppIdentity
    slack_url: Callable[[], str]  # without a slash at its end
    cdn_url: Callable[[], str]

    def person(self, person: Person) -> Json:
        """A user object, with the pictures on the CDN."""
        return {
            "id": person.id,
            "team_id": self.app.team_id if not person.is_stranger else "T0ELSEWHERE",
            "name": person.name,
            "real_name": person.real_name,
            "deleted": person.deleted,
            "is_admin": person.is_admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": person.is_guest,
            "is_ultra_restricted": False,
            "is_bot": person.is_bot,
            "is_app_user": False,
            "is_stranger": person.is_stranger,
            "updated": 1_700_000_000,
            "tz": "Etc/UTC",
            "profile": self.profile(person),
        }

    def profile(self, person: Person) -> Json:
        profile: Json = {
            "real_name": person.real_name,
            "real_name_normalized": person.real_name,
            "display_name": person.name,
            "display_name_normalized": person.name,
            "team": self.app.team_id,
            "avatar_hash": person.avatar_hash,
        }
        if not person.has_picture:
            return profile
        base = f"{self.cdn_url()}/{self.app.team_id}-{person.id}-{person.avatar_hash}"
        sizes = AVATAR_SIZES if person.avatar is None else (*AVATAR_SIZES, 1024)
        profile |= {f"image_{size}": f"{base}-{size}" for size in sizes}
        if person.avatar is not None:
            profile |= {"image_original": f"{base}-original", "is_custom_image": True}
        return profile

    def channel(self, channel: Channel) -> Json:
        """A conversation object."""
        shape: Json = {
            "id": channel.id,
            "created": 1_700_000_000,
            "is_archived": channel.archived,
            "is_im": channel.kind is Kind.DM,
            "is_mpim": channel.kind is Kind.GROUP_DM,
            "is_org_shared": False,
            "context_team_id": self.app.team_id,
        }
        if channel.kind is Kind.DM:
            others = sorted(channel.members - {self.app.bot_user})
            return shape | {"user": others[0] if others else self.app.bot_user, "is_open": True}
        return shape | {
            "name": channel.name,
            "name_normalized": channel.name,
            "is_channel": channel.kind is Kind.PUBLIC,
            "is_group": channel.kind is Kind.PRIVATE,
            "is_private": channel.kind is not Kind.PUBLIC,
            "is_general": False,
            "is_shared": False,
            "is_ext_shared": False,
            "is_member": self.app.bot_user in channel.members,
            "creator": "U0CREATOR",
            "num_members": len(channel.members),
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }

    def view(self, view: View, values: Json) -> Json:
        """A view object, with what its fields hold."""
        return {
            **view.view,
            "id": view.id,
            "team_id": self.app.team_id,
            "app_id": self.app.app_id,
            "bot_id": self.app.bot_id,
            "hash": view.hash,
            "state": {"values": values},
            "root_view_id": view.previous or view.id,
            "previous_view_id": view.previous,
        }

    def message(self, message: Message) -> Json:
        """A message object as conversations.history gives it."""
        shape: Json = {
            "type": "message",
            "user": message.user,
            "text": message.text,
            "ts": message.ts,
            "team": self.app.team_id,
        }
        if message.user == self.app.bot_user:
            shape |= {"bot_id": self.app.bot_id, "app_id": self.app.app_id}
            shape["bot_profile"] = {
                "id": self.app.bot_id,
                "app_id": self.app.app_id,
                "name": self.app.name,
                "team_id": self.app.team_id,
                "deleted": False,
            }
        if message.blocks:
            shape["blocks"] = list(message.blocks)
        if message.files:
            shape |= {"files": [self.listed_file(f) for f in self._files(message)], "upload": False}
        if message.subtype:
            shape["subtype"] = message.subtype
        if message.edited:
            shape["edited"] = {"user": message.user, "ts": message.ts}
        if message.reactions:
            shape["reactions"] = [
                {"name": name, "users": list(users), "count": len(users)}
                for name, users in message.reactions.items()
            ]
        if message.metadata:
            shape["metadata"] = message.metadata
        return shape | self._threading(message)

    def _threading(self, message: Message) -> Json:
        if message.is_reply:
            return {"thread_ts": message.thread_ts}
        replies = [m for m in self.workspace.thread(message.channel, message.ts) if m.ts != message.ts]
        if not replies:
            return {}
        people = list(dict.fromkeys(reply.user for reply in replies))
        return {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users_count": len(people),
            "reply_users": people,
            "latest_reply": replies[-1].ts,
        }

    def _files(self, message: Message) -> list[StoredFile]:
        found = (self.workspace.file(file_id) for file_id in message.files)
        return [file for file in found if file is not None]

    def listed_file(self, file: StoredFile) -> Json:
        """A file object in a message: of some files hardly anything is told there."""
        if file.deleted:
            return {"id": file.id, "mode": "tombstone"}
        if file.mode == "hidden_by_limit":
            return {"id": file.id, "mode": file.mode}
        if file.access != "visible":
            return {"id": file.id, "created": file.created, "user": file.owner, "file_access": file.access}
        return self.file(file)

    def file(self, file: StoredFile) -> Json:
        """A file object; its type and its shares come a little after the upload."""
        filetype = {"image/jpeg": "jpg", "text/plain": "text"}.get(
            file.mimetype, file.mimetype.partition("/")[2]
        )
        private = f"{self.slack_url()}/files-pri/{self.app.team_id}-{file.id}"
        shares: dict[str, dict[str, list[Json]]] = {}
        kinds = {"public": list[str](), "private": list[str](), "dm": list[str]()}
        for channel_id, ts in file.shares:
            channel = self.workspace.channel(channel_id)
            side = "public" if channel and channel.kind is Kind.PUBLIC else "private"
            message = self.workspace.message(channel_id, ts)
            share: Json = {"ts": ts, "reply_users": [], "reply_count": 0, "team_id": self.app.team_id}
            if message and message.thread_ts:
                share["thread_ts"] = message.thread_ts
            shares.setdefault(side, {}).setdefault(channel_id, []).append(share)
            kinds["dm" if channel and channel.kind is Kind.DM else side].append(channel_id)
        return {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.name,
            "title": file.title or file.name,
            "alt_txt": file.alt_text,
            "mimetype": file.mimetype,
            "filetype": filetype,
            "pretty_type": filetype.upper(),
            "user": file.owner,
            "user_team": self.app.team_id,
            "editable": False,
            "size": len(file.data),
            "mode": file.mode if not file.deleted else "tombstone",
            "is_external": file.mode == "external",
            "external_type": "",
            "is_public": bool(kinds["public"]),
            "url_private": f"{private}/{quote(file.name, safe='')}",
            "url_private_download": f"{private}/download/{quote(file.name, safe='')}",
            "permalink": f"{self.slack_url()}/files/{file.owner}/{file.id}/{quote(file.name, safe='')}",
            "shares": shares,
            "channels": kinds["public"],
            "groups": kinds["private"],
            "ims": kinds["dm"],
            "has_rich_preview": False,
            "file_access": "visible",
        }
