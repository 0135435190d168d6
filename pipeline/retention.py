"""Retention: events are not kept longer than their owner wants."""

from __future__ import annotations

import logging

from pipeline.errors import EventBusy
from pipeline.store import Store, events
from pipeline.types import Event

log = logging.getLogger(__name__)


def forget_expired(store: Store, days: int) -> list[str]:
    """Erases the events last indexed more than `days` ago; returns their names.

    One that is being indexed right now is not expired, whatever its last date.
    """
    with store.transaction() as connection:
        expired = events.expired(connection, days)
    return [event.key.slug for event in expired if _erased(store, event, days)]


def _erased(store: Store, event: Event, days: int) -> bool:
    try:
        with store.exclusive(event.key) as connection, connection.transaction():
            # It may have been indexed again while we waited.
            if event.id not in {late.id for late in events.expired(connection, days)}:
                return False
            events.erase(connection, event.id)
    except EventBusy:
        log.info("event %s has expired but is being indexed", event.key.slug)
        return False
    return True
