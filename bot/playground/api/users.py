"""users.* and bots.info."""

from __future__ import annotations

from bot.playground.api.call import Call, method, page
from bot.playground.errors import SlackRefusal
from bot.playground.model import Json, Person


def _person(call: Call, key: str = "user") -> Person:
    person = call.services.workspace.person(call.text(key))
    if person is None:
        raise SlackRefusal("user_not_found")
    return person


@method("users.info", scope="users:read")
def users_info(call: Call) -> Json:
    return {"user": call.services.shapes.person(_person(call))}


@method("users.list", scope="users:read")
def users_list(call: Call) -> Json:
    people = [call.services.shapes.person(person) for person in call.services.workspace.people()]
    members, cursor = page(people, call)
    return {"members": members, "response_metadata": {"next_cursor": cursor}}


@method("users.profile.get", scope="users.profile:read")
def users_profile_get(call: Call) -> Json:
    return {"profile": call.services.shapes.profile(_person(call))}


@method("bots.info", scope="users:read")
def bots_info(call: Call) -> Json:
    app = call.services.app
    if call.text("bot") not in ("", app.bot_id):
        raise SlackRefusal("bot_not_found")
    return {"bot": {"id": app.bot_id, "app_id": app.app_id, "user_id": app.bot_user, "name": app.name}}
