"""Events: what was indexed, from where, for whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

from pipeline.store import attempts, kept
from pipeline.store.connect import Connection
from pipeline.store.names import folded
from pipeline.types import Event, EventKey, EventState, Forgotten

_SELECT: LiteralString = """
    SELECT e.id, e.slug, e.team, e.channel, s.recognizer, s.name, e.source, e.photos, e.faces, e.indexed_at,
        e.complete, EXISTS (
            SELECT FROM index_runs r
            WHERE r.team = e.team AND r.slug_folded = e.slug_folded AND r.ended_at IS NULL
        )
    FROM events e
    JOIN spaces s ON s.id = e.space_id
"""


def listed(connection: Connection, team: str | None) -> list[Event]:
    """The events that a team sees (its own and the command line's), or all; the newest made first."""
    rows = connection.execute(
        _SELECT + " WHERE %(team)s::text IS NULL OR e.team IN ('', %(team)s) ORDER BY e.id DESC",
        {"team": team},
    )
    return [_event(row) for row in rows]


def named(connection: Connection, slug: str, team: str | None) -> Event | None:
    """The event of that name: the team's own before the command line's before the newest other.

    Only `team` None, the operator at the command line, sees other teams' events.
    """
    row = connection.execute(
        _SELECT
        + """
        WHERE e.slug_folded = %(slug)s AND (%(team)s::text IS NULL OR e.team IN ('', %(team)s))
        ORDER BY e.team <> coalesce(%(team)s, ''), e.team <> '', e.id DESC
        LIMIT 1
        """,
        {"slug": folded(slug), "team": team},
    ).fetchone()
    return None if row is None else _event(row)


def namesakes(connection: Connection, key: EventKey) -> list[Event]:
    """The events that somebody who sees `key` could mean by its name.

    The command line's are seen by every team, so a name of theirs is taken everywhere.
    """
    rows = connection.execute(
        _SELECT
        + """
        WHERE e.slug_folded = %(slug)s AND (%(team)s = '' OR e.team IN ('', %(team)s))
        ORDER BY e.team <> %(team)s, e.id
        """,
        {"slug": folded(key.slug), "team": key.team},
    )
    return [_event(row) for row in rows]


def with_id(connection: Connection, event_id: int) -> Event | None:
    """One event by its row."""
    row = connection.execute(_SELECT + " WHERE e.id = %s", (event_id,)).fetchone()
    return None if row is None else _event(row)


def from_source(connection: Connection, beginning: str) -> list[Event]:
    """The events whose source's address begins so."""
    return [
        _event(row)
        for row in connection.execute(
            _SELECT + " WHERE starts_with(e.source, %s) ORDER BY e.id", (beginning,)
        )
    ]


def in_space(connection: Connection, space: str) -> list[int]:
    """The rows of all events of an embedding space."""
    return [
        row[0]
        for row in connection.execute(
            "SELECT e.id FROM events e JOIN spaces s ON s.id = e.space_id WHERE s.name = %s", (space,)
        )
    ]


def faces_held(connection: Connection, chosen: Sequence[int]) -> int:
    """How many faces these events hold."""
    row = connection.execute(
        "SELECT coalesce(sum(faces), 0)::bigint FROM events WHERE id = ANY(%s)", (list(chosen),)
    ).fetchone()
    assert row is not None  # noqa: S101  (an aggregate always gives a row)
    return int(row[0])


def add(connection: Connection, key: EventKey, source: str, space_id: int) -> int:
    """Makes an event; returns its row."""
    row = connection.execute(
        """
        INSERT INTO events (team, slug, slug_folded, channel, source, space_id, complete)
        VALUES (%s, %s, %s, %s, %s, %s, false) RETURNING id
        """,
        (key.team, key.slug, folded(key.slug), key.channel, source, space_id),
    ).fetchone()
    assert row is not None  # noqa: S101  (INSERT ... RETURNING gives a row or raises)
    return int(row[0])


def mark_begun(connection: Connection, event_id: int) -> None:
    """Notes that an indexing is under way."""
    connection.execute("UPDATE events SET complete = false WHERE id = %s", (event_id,))


def mark_indexed(connection: Connection, event_id: int) -> None:
    """Notes that an indexing has come to its end now."""
    # This commit waits for the disk, and with it all that the indexing wrote before without waiting.
    connection.execute("SELECT set_config('synchronous_commit', 'on', true)")
    connection.execute("UPDATE events SET indexed_at = now(), complete = true WHERE id = %s", (event_id,))
    attempts.forget_all(connection, event_id)


def mark_grown(connection: Connection, event_id: int) -> None:
    """Notes that photos came to an event now; one whose indexing was interrupted stays so."""
    connection.execute("SELECT set_config('synchronous_commit', 'on', true)")
    connection.execute("UPDATE events SET indexed_at = now() WHERE id = %s AND complete", (event_id,))


def rename(connection: Connection, event_id: int, slug: str) -> None:
    """Gives an event another name, and its runs with it."""
    names = (slug, folded(slug), event_id)
    connection.execute("UPDATE events SET slug = %s, slug_folded = %s WHERE id = %s", names)
    connection.execute("UPDATE index_runs SET slug = %s, slug_folded = %s WHERE event_id = %s", names)


def expired(connection: Connection, days: int) -> list[Event]:
    """The events last indexed more than `days` ago."""
    rows = connection.execute(
        _SELECT + " WHERE e.indexed_at < now() - make_interval(days => %s) ORDER BY e.id", (days,)
    )
    return [_event(row) for row in rows]


def erase(connection: Connection, event_id: int) -> Forgotten:
    """Erases an event with all it holds; says how many rows went."""
    # A large event takes longer than a search may; and what is said to be erased must be so on the disk.
    connection.execute("SELECT set_config('statement_timeout', '0', true)")
    connection.execute("SELECT set_config('synchronous_commit', 'on', true)")
    kept.note_erasure(connection, event_id)
    faces = connection.execute("DELETE FROM faces WHERE event_id = %s", (event_id,)).rowcount
    connection.execute("DELETE FROM files WHERE event_id = %s", (event_id,))
    photos = connection.execute("DELETE FROM photos WHERE event_id = %s", (event_id,)).rowcount
    connection.execute(  # those that ended before they came to the event, too
        "DELETE FROM index_runs r USING events e WHERE e.id = %s AND r.team = e.team"
        " AND r.slug_folded = e.slug_folded AND r.ended_at IS NOT NULL",
        (event_id,),
    )
    connection.execute("DELETE FROM events WHERE id = %s", (event_id,))
    return Forgotten(photos=photos, faces=faces)


def _event(row: Sequence[Any]) -> Event:
    event_id, slug, team, channel, recognizer, space, source, photos, faces, indexed_at = row[:10]
    complete, running = row[10:]
    interrupted = EventState.COMPLETE if complete else EventState.INTERRUPTED
    return Event(
        id=event_id,
        key=EventKey(slug, team, channel),
        recognizer=recognizer,
        space=space,
        source=source,
        photos=photos,
        faces=faces,
        indexed_at=indexed_at,
        state=EventState.RUNNING if running else interrupted,
    )
