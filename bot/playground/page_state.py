"""What the page shows to one person, as JSON."""

from __future__ import annotations

from bot.playground.acts import SLACKBOT
from bot.playground.model import Channel, Json, Kind, Message, Person, StoredFile
from bot.playground.services import Services

PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})  # what browsers show


def page_state(services: Services, me: Person) -> Json:
    """Everything that `me` can see."""
    workspace = services.workspace
    with workspace.locked():
        if services.grants.messages_tab:  # the app is always among one's conversations
            workspace.conversation_of(frozenset({me.id, services.app.bot_user}))
        channels = [c for c in workspace.channels() if c.kind is Kind.PUBLIC or me.id in c.members]
        homes = workspace.views(me.id, "home")
        return {
            "version": workspace.version,
            "me": me.id,
            "app": {
                "user": services.app.bot_user,
                "name": services.manifest.display_name,
                "home": services.manifest.home_tab,
            },
            "people": {person.id: _person(person) for person in workspace.people()},
            "channels": [_channel(services, channel, me) for channel in channels],
            "messages": {c.id: [_message(services, m) for m in _seen(services, c, me)] for c in channels},
            "home": {"id": homes[-1].id, "view": homes[-1].view} if homes else None,
            "modals": [{"id": v.id, "view": v.view} for v in workspace.views(me.id, "modal")],
            "commands": _commands(services),
        }


def _seen(services: Services, channel: Channel, me: Person) -> list[Message]:
    return [m for m in services.workspace.messages(channel.id) if m.visible_to in (None, me.id)]


def _person(person: Person) -> Json:
    return {
        "name": person.name,
        "real_name": person.real_name,
        "app": person.is_bot,
        "deleted": person.deleted,
        "avatar": f"/page/avatar/{person.id}?{person.avatar_hash}",
        "can_type": not (person.is_bot or person.deleted or person.is_stranger),
        "mentionable": person.id != SLACKBOT,
    }


def _channel(services: Services, channel: Channel, me: Person) -> Json:
    others = [services.workspace.person(user) for user in sorted(channel.members - {me.id})]
    names = ", ".join(other.real_name for other in others if other is not None)
    return {
        "id": channel.id,
        "kind": channel.kind.value,
        "title": channel.name if channel.kind in (Kind.PUBLIC, Kind.PRIVATE) else names,
        "members": len(channel.members),
        "bot": services.app.bot_user in channel.members,
        "app": channel.kind is Kind.DM and services.app.bot_user in channel.members,
        "archived": channel.archived,
    }


def _message(services: Services, message: Message) -> Json:
    files = [services.workspace.file(file_id) for file_id in message.files]
    return {
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "blocks": list(message.blocks),
        "files": [_file(file) for file in files if file is not None and not file.deleted],
        "thread_ts": message.thread_ts if message.is_reply else None,
        "ephemeral": message.visible_to is not None,
        "edited": message.edited,
        "reactions": {name: len(users) for name, users in message.reactions.items()},
    }


def _file(file: StoredFile) -> Json:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "alt": file.alt_text or file.title or file.name,
        "picture": file.mimetype in PICTURES,
        "size": len(file.data),
    }


def _commands(services: Services) -> list[Json]:
    known = (services.manifest.commands or {}).values()
    return [{"name": c.name, "hint": c.usage_hint, "description": c.description} for c in known]
