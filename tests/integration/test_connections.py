"""Connections know vectors, and leave nothing behind."""

from __future__ import annotations

import gc

from pipeline.store import Store


def test_a_connection_a_job_does_not_grow_the_process(store: Store) -> None:
    def connected(times: int) -> int:
        for _ in range(times):
            with store.locked("a job", AssertionError("free")) as connection:
                row = connection.execute("SELECT '[1,2]'::vector").fetchone()
                assert row is not None
                assert list(row[0].to_numpy() if hasattr(row[0], "to_numpy") else row[0]) == [1, 2]
        gc.collect()
        return len(gc.get_objects())

    connected(2)
    before = connected(1)
    assert connected(20) - before < 200  # it was eighty each
