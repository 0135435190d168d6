"""Modals: opened within the three seconds that Slack gives, filled in later."""

from __future__ import annotations

from typing import Any

from slack_sdk import WebClient

OPEN_SECONDS = 3  # a trigger_id lives no longer

View = dict[str, Any]


class Forms:
    """Opens and changes modals. Safe to use from several threads.

    Every method raises SlackApiError and what SILENCE names.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client
        # Trying again after a wait would come too late.
        self._quick = WebClient(
            token=client.token,
            base_url=client.base_url,
            timeout=OPEN_SECONDS,
            ssl=client.ssl,
            retry_handlers=[],
        )

    def open(self, trigger: str, view: View) -> str:
        """Shows a modal to the person behind the trigger; its id."""
        shown = self._quick.views_open(trigger_id=trigger, view=view).get("view") or {}
        return str(shown.get("id") or "")

    def update(self, view_id: str, view: View) -> None:
        """Shows something else in a modal; fields of the same ids keep what was typed."""
        self._client.views_update(view_id=view_id, view=view)
