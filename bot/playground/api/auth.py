"""auth.*, api.test, team.info and apps.connections.open."""

from __future__ import annotations

from bot.playground.api.call import Call, method
from bot.playground.model import Json


@method("api.test", needs="none")
def api_test(call: Call) -> Json:
    return {"args": dict(call.args)}


@method("auth.test")
def auth_test(call: Call) -> Json:
    app = call.services.app
    return {
        "url": call.services.slack_url() + "/",
        "team": app.team_name,
        "user": app.name,
        "team_id": app.team_id,
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


@method("team.info", scope="team:read")
def team_info(call: Call) -> Json:
    app = call.services.app
    return {"team": {"id": app.team_id, "name": app.team_name, "domain": app.team_name.lower()}}


@method("apps.connections.open", needs="app")
def connections_open(call: Call) -> Json:
    return {"url": call.services.sockets.open()}
