"""An event of very many faces is scanned by several processes at once."""

from __future__ import annotations

import numpy as np

from benchmarks.gallery import fill
from benchmarks.vectors import Crowd, Humanity
from pipeline.store import Connection, Store, vectors
from pipeline.store.candidates import _NEAR

FACES = 60_000


def plan(connection: Connection, event: int, probe: np.ndarray) -> str:
    asked = {"vector": vectors.as_vector(probe), "events": [event], "reach": 0.58, "sure": -1.0, "first": 20}
    return "\n".join(row[0] for row in connection.execute(f"EXPLAIN {_NEAR}", asked))


def test_a_large_event_is_scanned_by_several_processes(store: Store) -> None:
    humanity = Humanity(seed=3)
    people = humanity.people(20)
    who = np.arange(FACES) % len(people)
    with store.transaction() as connection:
        event = fill(connection, "dlib-1", "large", Crowd(people[who], who))
        small = fill(connection, "dlib-1", "small", Crowd(people[who[:1000]], who[:1000]))
    with store.transaction() as connection:
        connection.execute("ANALYZE faces")
        assert "Gather" in plan(connection, event, people[0])
        assert "Gather" not in plan(connection, small, people[0])
