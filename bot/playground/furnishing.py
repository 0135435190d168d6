"""What a playground is furnished with before anything happens: people and conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.playground.lookout import Lookout, Where, Who
from bot.playground.model import AppIdentity, Channel, Kind, Person


class Furnishing(Lookout):
    """Adds and changes them; the app hears nothing of it."""

    app: AppIdentity

    def add_user(
        self,
        name: str,
        *,
        avatar: bytes | None = None,
        real_name: str | None = None,
        id: str | None = None,  # noqa: A002  (Slack's word)
        admin: bool = False,
        bot: bool = False,
        deleted: bool = False,
        guest: bool = False,
        stranger: bool = False,
        has_picture: bool = True,
    ) -> Person:
        """A person with the handle `name`. avatar None: a generated one; has_picture False: none at all."""
        person = Person(
            id or self.workspace.new_id("U"),
            name,
            real_name or name.replace(".", " ").replace("_", " ").title(),
            is_admin=admin,
            is_bot=bot,
            deleted=deleted,
            is_guest=guest,
            is_stranger=stranger,
            avatar=avatar,
            has_picture=has_picture,
        )
        return self.workspace.save_person(person)

    def set_avatar(self, user: Who, avatar: bytes | None) -> Person:
        """Changes the profile picture; its addresses change too."""
        return self.workspace.save_person(replace(self.person(user), avatar=avatar))

    def add_channel(
        self,
        name: str = "",
        *,
        kind: Kind | str = Kind.PUBLIC,
        members: Sequence[Who] = (),
        bot_is_member: bool = True,
        id: str | None = None,  # noqa: A002  (Slack's word)
        archived: bool = False,
        restricted: str | None = None,
    ) -> Channel:
        """A conversation. restricted: the error that posting there meets, such as "restricted_action"."""
        kind = Kind(kind)
        ids = {self.person(member).id for member in members} | (
            {self.app.bot_user} if bot_is_member else set()
        )
        prefix = "D" if kind is Kind.DM else "C"
        channel = Channel(
            id or self.workspace.new_id(prefix), name, kind, frozenset(ids), archived, restricted
        )
        return self.workspace.save_channel(channel)

    def dm_with_bot(self, user: Who) -> Channel:
        """The DM between that person and the app, opened if need be."""
        return self.workspace.conversation_of(frozenset({self.person(user).id, self.app.bot_user}))

    def archive(self, channel: Where) -> Channel:
        return self.workspace.save_channel(replace(self.channel(channel), archived=True))

    def leave(self, user: Who, channel: Where) -> Channel:
        """Takes that person (or the bot) out of the channel."""
        return self.workspace.leave(self.channel(channel).id, self.person(user).id)
