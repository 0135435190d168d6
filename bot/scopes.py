"""The bot token's scopes: the smallest set, each with what it is for. manifest.yml asks for exactly these."""

from __future__ import annotations

from collections.abc import Mapping

SCOPES: Mapping[str, str] = {
    "app_mentions:read": "hear when somebody mentions the bot with a photo",
    "channels:history": "read the photos of public channels that are indexed, also new ones",
    "channels:read": "see who is in a public channel, so that its events stay among its members",
    "chat:write": "answer",
    "commands": "/findme and /index-event",
    "files:read": "read the photos of indexed channels, uploaded archives, and what people search with",
    "files:write": "show the photos that were found",
    "groups:history": "the same as channels:history, for private channels the bot was invited to",
    "groups:read": "the same as channels:read, for private channels the bot was invited to",
    "im:history": "hear direct messages to the bot",
    "im:write": "answer by direct message where the bot may not post, and know whose one an event is of",
    "users:read": "avatars, and who is an admin",
}
