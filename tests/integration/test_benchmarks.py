"""The benchmarks that no other test touches still run, on next to nothing."""

from __future__ import annotations

import pytest

from benchmarks import memory
from benchmarks.only import Only
from benchmarks.stages import PIPELINE, Stages
from pipeline.index_queue import IndexQueue
from pipeline.runs import RunRequest
from pipeline.shared_indexing import SharedIndexing
from pipeline.store import Store
from pipeline.types import EventKey


@pytest.mark.parametrize("way", ["local", "queue"])
def test_memory_is_read_along_the_way(store: Store, way: str) -> None:
    seen = memory.indexed(way, 50, store.url, weights=False)
    assert list(seen) == [0.0, *memory.SHARES]
    assert all(mebibytes > 10 for mebibytes in seen.values())


def test_every_stage_of_indexing_is_timed(store: Store) -> None:
    stages = Stages()
    registry: Only = Only(stages.recognizer(memory.made().get()))
    source = memory.MadePhotos(20)
    steps = SharedIndexing(store, registry, lambda _: source)  # type: ignore[arg-type]
    run_id = IndexQueue(store).submit(RunRequest(EventKey("made"), source.uri))
    assert run_id is not None
    with stages.watching():
        steps.list_source(run_id)
        steps.read_photos(run_id, 0, 19, lambda: False)
    assert all(stages.seconds[stage] > 0 for stage in (*PIPELINE, "store"))
    assert sum(stages.shares(total=1000).values()) == pytest.approx(1)
