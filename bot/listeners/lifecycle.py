"""What happens to the app itself, and all that nothing else handles."""

from __future__ import annotations

import logging
import re
from typing import Any

from slack_bolt import App

log = logging.getLogger(__name__)

ANY = re.compile(".*")


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

    app.event("app_uninstalled")(uninstalled)
    app.event("tokens_revoked")(revoked)
    app.event(ANY)(unhandled)
