"""The approximate index: made when it is due, right where it is used, and not used where it must not be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pytest

from benchmarks.gallery import fill
from benchmarks.vectors import DIMENSIONS, Crowd, Floats, Humanity
from pipeline import upkeep
from pipeline.store import Connection, Store, approximate, events, faces, vector_index
from tests import databases

THRESHOLD = 0.58
EACH = 1200  # faces an event


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    store: Store
    events: tuple[int, int, int]  # of the command line, of T1, of T2
    probes: Floats  # new faces of people in all of them


def filled(store: Store) -> Gallery:
    """Three events with the same people in them."""
    humanity = Humanity(seed=3)
    people = humanity.people(60)
    rows = []
    for team in ("", "T1", "T2"):
        who = np.arange(EACH) % len(people)
        with store.transaction() as connection:
            crowd = Crowd(humanity.faces(people[who]), who)
            rows.append(fill(connection, "dlib-1", f"event of {team}", crowd, team))
    return Gallery(store, (rows[0], rows[1], rows[2]), humanity.faces(people[:20]))


@pytest.fixture(autouse=True)
def low_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index is due, and used, for so few faces."""
    monkeypatch.setattr(vector_index, "DUE_FROM", 3 * EACH)
    monkeypatch.setattr(approximate, "EXACT_UP_TO", EACH)


@pytest.fixture
def gallery(store: Store) -> Gallery:
    return filled(store)


@pytest.fixture(scope="module")
def indexed(database_server: str) -> Iterator[Gallery]:
    """With its index; tests must not change it."""
    with databases.own_database(database_server) as url, Store.open(url) as store:
        found = filled(store)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(vector_index, "DUE_FROM", 3 * EACH)
            assert upkeep.make_due_indexes(store) == ["dlib-1"]
        yield found


class RolledBack(Exception):
    """Ends a transaction of a test that changes what others read."""


def names(found: list[faces.Near]) -> list[str]:
    return [f"{near.event} {near.photo}" for near in found]


def scans(connection: Connection) -> int:
    """How often the index was used, by this connection too."""
    connection.execute("SELECT pg_stat_force_next_flush()")
    connection.commit()
    row = connection.execute(
        "SELECT coalesce(max(idx_scan), 0) FROM pg_stat_user_indexes WHERE indexrelname LIKE 'faces_nearest%'"
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_an_index_is_made_when_it_is_due_and_once(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "DUE_FROM", 3 * EACH + 1)
    assert upkeep.make_due_indexes(gallery.store) == []
    monkeypatch.setattr(vector_index, "DUE_FROM", 3 * EACH)
    (before,) = gallery.store.vector_indexes()
    assert (before.space, before.faces, before.ready, before.size) == ("dlib-1", 3 * EACH, False, 0)
    assert upkeep.make_due_indexes(gallery.store) == ["dlib-1"]
    assert upkeep.make_due_indexes(gallery.store) == []
    (after,) = gallery.store.vector_indexes()
    assert after.ready
    assert after.size > 3 * EACH * DIMENSIONS


def test_one_process_builds_at_a_time(gallery: Gallery) -> None:
    with gallery.store.locked("findme index of dlib-1", AssertionError("free so far")):
        assert upkeep.make_due_indexes(gallery.store) == []


def test_a_build_that_was_broken_off_is_begun_anew(gallery: Gallery) -> None:
    stop = threading.Event()
    with gallery.store.transaction() as connection:
        # A build waits for those who write, with the index half made.
        connection.execute("LOCK TABLE faces IN ROW EXCLUSIVE MODE")
        threading.Timer(0.5, stop.set).start()
        assert upkeep.make_due_indexes(gallery.store, stop) == []
    (broken,) = gallery.store.vector_indexes()
    assert not broken.ready
    assert upkeep.make_due_indexes(gallery.store) == ["dlib-1"]


def test_through_the_index_the_best_photos_are_those_of_the_exact_scan(indexed: Gallery) -> None:
    alike = wanted = 0
    for probe in indexed.probes:
        with indexed.store.transaction() as connection:
            before = scans(connection)
            found = names(faces.nearest(connection, indexed.events, probe, THRESHOLD, 10))
            assert scans(connection) > before
            every = names(faces.nearest(connection, indexed.events, probe, THRESHOLD, None))
        assert len(found) == min(10, len(every))
        alike, wanted = alike + len(set(found) & set(every[:10])), wanted + len(found)
    assert alike >= 0.99 * wanted


def test_an_index_never_gives_other_teams_faces(indexed: Gallery) -> None:
    """Behind the index their faces are passed over; the own ones come all the same."""
    common, own, _ = indexed.events
    for probe in indexed.probes:
        with indexed.store.transaction() as connection:
            found = faces.nearest(connection, [common, own], probe, THRESHOLD, 10)
            every = faces.nearest(connection, [common, own], probe, THRESHOLD, None)
        assert {near.event_id for near in found} <= {common, own}
        assert len(found) == min(10, len(every))
        assert len(set(names(found)) & set(names(every[:10]))) >= len(found) - 1


def test_a_search_of_one_event_and_one_without_a_limit_compare_every_face(indexed: Gallery) -> None:
    with indexed.store.transaction() as connection:
        before = scans(connection)
        for probe in indexed.probes:
            for chosen, limit in ((indexed.events[:1], 10), (indexed.events, None), (indexed.events, 101)):
                rows = connection.execute(
                    "SELECT count(DISTINCT photo_id) FROM faces"
                    " WHERE event_id = ANY(%s) AND embedding <-> %s::vector <= %s",
                    (list(chosen), str(probe.tolist()), THRESHOLD),
                ).fetchone()
                assert rows is not None
                found = faces.nearest(connection, chosen, probe, THRESHOLD, limit)
                assert len(found) == min(rows[0], limit or rows[0])
                assert limit is None or not approximate.answers(connection, chosen, limit)
        assert scans(connection) == before
        assert approximate.answers(connection, indexed.events, 10)


def test_many_faces_in_few_photos_do_not_use_up_the_candidates(indexed: Gallery) -> None:
    """Candidates are faces, results are photos: where the nearest faces share photos, more are asked for."""
    with suppress(RolledBack), indexed.store.transaction() as connection:
        connection.execute(
            """
            UPDATE faces SET photo_id = other.first
            FROM (SELECT event_id, min(photo_id) AS first FROM faces GROUP BY event_id) AS other
            WHERE other.event_id = faces.event_id AND photo_id % 10 <> 0
            """
        )
        for probe in indexed.probes:
            found = names(faces.nearest(connection, indexed.events, probe, THRESHOLD, 10))
            every = names(faces.nearest(connection, indexed.events, probe, THRESHOLD, None))
            assert len(found) == min(10, len(every))
        raise RolledBack


def test_vectors_of_another_space_stay_out_of_the_index(indexed: Gallery) -> None:
    with suppress(RolledBack), indexed.store.transaction() as connection:
        crowd = Crowd(np.zeros((10, DIMENSIONS), np.float32), np.zeros(10, np.int64))
        other = fill(connection, "other-1", "other", crowd)
        connection.execute(
            "UPDATE faces SET embedding = array_fill(1, ARRAY[64])::vector WHERE event_id = %s", (other,)
        )
        connection.execute("UPDATE spaces SET dimensions = 64 WHERE name = 'other-1'")
        found = faces.nearest(connection, indexed.events, indexed.probes[0], THRESHOLD, 10)
        assert other not in {near.event_id for near in found}
        assert vector_index.serving(connection, [*indexed.events, other]) is None
        assert events.in_space(connection, "dlib-1") == list(indexed.events)
        raise RolledBack
