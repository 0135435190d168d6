"""What happens to the app itself, and all that nothing else handles."""

from __future__ import annotations

import logging
import re
from typing import Any

from slack_bolt import Ack, App

from bot.listeners import index_deletion
from bot.replies import index_form
from bot.replies.blocks import SIMILAR

log = logging.getLogger(__name__)

ANY = re.compile(".*", re.DOTALL)
OURS = frozenset({SIMILAR, index_deletion.DELETE, index_deletion.KEEP, index_form.KIND, index_form.CALLBACK})
"""The ids of the buttons, menus and forms that other listeners take.

Bolt goes on to the next listener where one is late to acknowledge: such a request has failed, and must not
be acknowledged here as done.
"""


def register(app: App) -> None:
    """Registers app_uninstalled and tokens_revoked, then everything else: register this last."""

    def uninstalled() -> None:
        log.error(
            "FindMe was uninstalled from the workspace: install the app again, or erase its data and stop it."
        )

    def revoked(event: dict[str, Any]) -> None:
        kinds = ", ".join(sorted(event.get("tokens") or {})) or "some"
        log.error(
            "Slack revoked tokens of FindMe (%s): reinstall the app and set its new SLACK_BOT_TOKEN.", kinds
        )

    def unhandled(event: dict[str, Any]) -> None:
        # Unanswered, Slack would deliver it again and might in the end switch the subscription off.
        log.debug("nothing to do for the event %s/%s", event.get("type"), event.get("subtype"))

    def outdated(ack: Ack, body: dict[str, Any]) -> None:
        # Unanswered, Slack would show a warning on a message or form that an earlier version has left.
        ack()
        log.debug("nothing to do for a %s of %s", body.get("type"), ids_in(body))

    app.event("app_uninstalled")(uninstalled)
    app.event("tokens_revoked")(revoked)
    app.event(ANY)(unhandled)
    app.action(ANY, matchers=[is_strange])(outdated)
    app.view(ANY, matchers=[is_strange])(outdated)


def is_strange(body: dict[str, Any]) -> bool:
    """Does an interaction come from something that this version has not made?"""
    return OURS.isdisjoint(ids_in(body))


def ids_in(body: dict[str, Any]) -> list[str]:
    """The ids by which an interaction is known: of what was pressed, or of the form."""
    actions = [str(action.get("action_id")) for action in body.get("actions") or ()]
    return actions or [str((body.get("view") or {}).get("callback_id"))]
