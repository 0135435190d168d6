"""Searching, listing and forgetting on a real database."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg
import pytest

from pipeline.errors import (
    EventBusy,
    EventConflict,
    Interrupted,
    InvalidEventName,
    SourceUnreachable,
    SpaceMismatch,
    UnknownEvent,
)
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from pipeline.store import Store, events, faces, photos, spaces
from pipeline.types import Event, EventKey, EventState, Probe, Strength
from tests.fakes.recognizer import BLUE, GREEN, RED, YELLOW, FakeRecognizers, picture, squares

DARK_RED = (190, 30, 30)  # 0.12 from RED
ORANGE = (220, 90, 30)  # 0.24 from RED


@pytest.fixture
def finder(store: Store) -> PhotoFinder:
    return PhotoFinder(store, FakeRecognizers(squares(), squares("circles")), FolderSource, workers=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """RED in b.png, and less surely in a.png, which shows him twice; others in the rest."""
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.png").write_bytes(picture(DARK_RED, ORANGE, DARK_RED))
    (photos / "b.png").write_bytes(picture(BLUE, RED, GREEN))
    (photos / "c.png").write_bytes(picture(ORANGE, BLUE))
    return photos


def indexed(finder: PhotoFinder, folder: Path, key: EventKey, recognizer: str | None = None) -> Event:
    finder.index(FolderSource(folder), key, recognizer=recognizer)
    return finder.event(key.slug, key.team)


def red(finder: PhotoFinder) -> Probe:
    return finder.probe(picture(RED, seed=9))


def age(url: str, event: Event, days: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE events SET indexed_at = now() - make_interval(days => %s) WHERE id = %s", (days, event.id)
        )


def test_ranks_photos_by_their_best_face(finder: PhotoFinder, folder: Path) -> None:
    event = indexed(finder, folder, EventKey("crabs"))
    result = finder.find(red(finder), events=[event])
    assert (result.recognizer, result.threshold) == ("squares", pytest.approx(0.2))
    best, second = result.matches
    assert (best.photo, best.event, best.event_id) == ("b.png", "crabs", event.id)
    assert best.distance == pytest.approx(0, abs=1e-4)
    assert (best.strength, best.confidence > 0.9) == (Strength.STRONG, True)
    assert best.box.rounded() == [80, 40, 40, 40]
    assert (second.photo, second.strength) == ("a.png", Strength.POSSIBLE)
    assert second.distance == pytest.approx(30 / 255, abs=1e-4)
    assert second.confidence < best.confidence


def test_limit_and_threshold(finder: PhotoFinder, folder: Path) -> None:
    indexed(finder, folder, EventKey("crabs"))
    assert [match.photo for match in finder.find(red(finder), limit=1).matches] == ["b.png"]
    assert [match.photo for match in finder.find(red(finder), threshold=0.01).matches] == ["b.png"]
    # A photo goes by its best face: a.png also shows ORANGE, which is as far as in c.png.
    wide = finder.find(red(finder), threshold=0.3)
    assert [match.photo for match in wide.matches] == ["b.png", "a.png", "c.png"]
    assert wide.threshold == 0.3
    assert wide.matches[2].distance == pytest.approx(60 / 255, abs=1e-4)


def test_the_distance_is_the_plain_euclidean_one_and_the_threshold_counts(store: Store) -> None:
    rng = np.random.default_rng(5)
    probe, other = rng.normal(size=(2, 128)).astype(np.float32)
    truth = float(np.linalg.norm(probe.astype(float) - other))
    face = replace(FakeRecognizers().get().probe(picture(RED)).face, embedding=other)
    with store.transaction() as connection:
        space = spaces.ensure(connection, "s-1", "s", 128)
        event = events.add(connection, EventKey("e"), "nowhere", space)
        photo = photos.add(connection, event, b"x" * 32, (1, 1), None, 1)
        faces.add(connection, event, photo, space, [face])
        assert faces.nearest(connection, [event], probe, truth + 1, None) == []  # no file shows it
        connection.execute(
            "INSERT INTO files (event_id, name, size, fingerprint, photo_id) VALUES (%s, 'a', 1, '', %s)",
            (event, photo),
        )
        (near,) = faces.nearest(connection, [event], probe, truth + 1e-5, None)
        assert near.distance == pytest.approx(truth, abs=1e-5)
        assert faces.nearest(connection, [event], probe, truth - 1e-5, None) == []
        assert faces.nearest(connection, [], probe, truth + 1, None) == []


def test_a_search_inside_an_event_uses_its_index(store: Store) -> None:
    with store.transaction() as connection:
        space = spaces.ensure(connection, "s-1", "s", 8)
        for slug in ("a", "b"):
            event = events.add(connection, EventKey(slug), "nowhere", space)
            photo = photos.add(connection, event, b"x" * 32, (1, 1), None, 5000)
            connection.execute(
                """
                INSERT INTO faces
                    (event_id, photo_id, space_id, x, y, width, height, score, sharpness, embedding)
                SELECT %s, %s, %s, 0, 0, 1, 1, 1, 1, array_fill(i, ARRAY[8])::vector
                FROM generate_series(1, 5000) AS i
                """,
                (event, photo, space),
            )
        connection.execute("ANALYZE faces")
        plan = connection.execute(
            "EXPLAIN SELECT id FROM faces WHERE event_id = ANY(%(events)s)"
            " AND CASE WHEN event_id = ANY(%(events)s) THEN embedding <-> %(probe)s::vector END <= 1",
            {"events": [event], "probe": "[1,1,1,1,1,1,1,1]"},
        ).fetchall()
    assert "faces_event" in str(plan)


@pytest.mark.parametrize("own", [1, 7, 12])
def test_faces_of_other_lengths_are_never_compared(store: Store, own: int) -> None:
    """With many events PostgreSQL would rather compare every face first, also those of another space."""
    rng = np.random.default_rng(3)
    probe = rng.normal(size=128).astype(np.float32)
    face = FakeRecognizers().get().probe(picture(RED)).face
    with store.transaction() as connection:
        small = spaces.ensure(connection, "small-1", "small", 128)
        large = spaces.ensure(connection, "large-1", "large", 768)
        held = []
        for number in range(own + 1):
            space, dimensions = (small, 128) if number < own else (large, 768)
            event = events.add(connection, EventKey(f"e{number}"), "nowhere", space)
            photo = photos.add(connection, event, b"x" * 32, (1, 1), None, 50)
            connection.execute(
                "INSERT INTO files (event_id, name, size, fingerprint, photo_id) VALUES (%s, 'a', 1, '', %s)",
                (event, photo),
            )
            near = probe if dimensions == 128 else np.zeros(dimensions, np.float32)
            far = [rng.normal(size=dimensions).astype(np.float32) for _ in range(49)]
            vectors = [replace(face, embedding=vector) for vector in (near, *far)]
            faces.add(connection, event, photo, space, vectors)
            held.append(event)
        connection.execute("ANALYZE faces")
        found = faces.nearest(connection, held[:own], probe, 0.5, None)
        assert [near.event_id for near in found] == held[:own]


def test_listing_events_reads_no_photos_and_counts_them(
    store: Store, finder: PhotoFinder, folder: Path
) -> None:
    def held() -> tuple[tuple[int, int], tuple[int, int]]:
        (event,) = finder.events()
        with store.transaction() as connection:
            return (event.photos, event.faces), photos.count(connection, event.id)

    indexed(finder, folder, EventKey("crabs"))
    assert held() == ((3, 8), (3, 8))
    (folder / "a.png").unlink()
    (folder / "c.png").write_bytes(picture(GREEN))
    indexed(finder, folder, EventKey("crabs"))
    assert held() == ((2, 4), (2, 4))
    with store.transaction() as connection:
        connection.execute("DROP TABLE photos CASCADE")
        (event,) = events.listed(connection, None)
    assert (event.photos, event.faces) == (2, 4)


def test_a_name_is_the_same_however_its_accents_are_written(finder: PhotoFinder, folder: Path) -> None:
    made = indexed(finder, folder, EventKey("caf\u00e9"))
    assert finder.event("Cafe\u0301") == made
    assert finder.index(FolderSource(folder), EventKey("CAFE\u0301")).skipped == 3
    assert len(finder.events()) == 1


def test_spaces_never_mix(finder: PhotoFinder, folder: Path) -> None:
    ours = indexed(finder, folder, EventKey("crabs"))
    theirs = indexed(finder, folder, EventKey("lobsters"), recognizer="circles")
    assert theirs.space == "circles-1"
    with pytest.raises(SpaceMismatch, match="lobsters"):
        finder.find(red(finder), events=[ours, theirs])
    assert {match.event for match in finder.find(red(finder)).matches} == {"crabs"}
    probe = finder.probe(picture(RED), theirs)
    assert probe.space == "circles-1"
    assert {match.event for match in finder.find(probe).matches} == {"lobsters"}
    assert finder.find(red(finder), events=[]).matches == ()


def test_searching_all_events_names_each(finder: PhotoFinder, folder: Path) -> None:
    for slug in ("crabs", "lobsters"):
        indexed(finder, folder, EventKey(slug))
    found = [(match.event, match.photo) for match in finder.find(red(finder)).matches]
    assert found == [("crabs", "b.png"), ("lobsters", "b.png"), ("crabs", "a.png"), ("lobsters", "a.png")]


def test_many_threads_search_while_an_event_is_indexed(finder: PhotoFinder, folder: Path) -> None:
    indexed(finder, folder, EventKey("crabs"))
    probe = red(finder)
    with ThreadPoolExecutor(24) as executor:
        searches = [executor.submit(finder.find, probe) for _ in range(100)]
        executor.submit(finder.index, FolderSource(folder), EventKey("lobsters")).result()
        assert all(search.result().matches[0].photo == "b.png" for search in searches)


def test_a_team_sees_its_own_events_and_the_command_lines(finder: PhotoFinder, folder: Path) -> None:
    indexed(finder, folder, EventKey("shared"))
    indexed(finder, folder, EventKey("ours", "T1", "C1"))
    indexed(finder, folder, EventKey("theirs", "T2", "C2"))
    indexed(finder, folder, EventKey("ours", "T2", "C3"))
    assert [event.key.slug for event in finder.events()] == ["ours", "theirs", "ours", "shared"]
    assert [event.key.slug for event in finder.events("T1")] == ["ours", "shared"]
    assert finder.event("Ours", "T1").key == EventKey("ours", "T1", "C1")
    assert finder.event("theirs").key.team == "T2"
    with pytest.raises(UnknownEvent, match="There is: ours, shared"):
        finder.event("theirs", "T1")


def test_unknown_events_say_what_there_is(finder: PhotoFinder) -> None:
    with pytest.raises(UnknownEvent, match="nothing is indexed yet"):
        finder.event("crabs")


def test_gives_the_photo_that_matched_and_no_other(finder: PhotoFinder, folder: Path) -> None:
    event = indexed(finder, folder, EventKey("crabs"))
    match = finder.find(red(finder)).matches[0]
    assert finder.photo(match) == (folder / "b.png").read_bytes()
    (folder / "b.png").write_bytes(picture(YELLOW))
    with pytest.raises(SourceUnreachable, match="has changed"):
        finder.photo(match)
    (folder / "b.png").unlink()
    with pytest.raises(SourceUnreachable, match="no longer"):
        finder.photo(match)
    shutil.rmtree(folder)
    with pytest.raises(SourceUnreachable, match="no longer there"):
        finder.photo(match)
    finder.forget_event(event)
    with pytest.raises(UnknownEvent):
        finder.photo(match)


def test_an_avatar_is_embedded_once_until_it_changes(finder: PhotoFinder, folder: Path, store: Store) -> None:
    event = indexed(finder, folder, EventKey("crabs"))
    avatar = picture(RED, GREEN, seed=1)
    first = finder.person_probe("T1", "U1", avatar, event)

    class Untouchable(FakeRecognizers):
        def for_space(self, space: str):  # type: ignore[no-untyped-def]
            raise AssertionError(f"embedded again for {space}")

    cached = PhotoFinder(store, Untouchable(), FolderSource).person_probe("T1", "U1", avatar, event)
    assert np.array_equal(cached.face.embedding, first.face.embedding)
    assert cached.face.embedding.dtype == np.float32
    assert (cached.face.box, cached.faces, cached.space) == (first.face.box, first.faces, first.space)
    assert (cached.face.score, cached.face.landmarks) == (first.face.score, None)
    assert cached.face.sharpness == pytest.approx(first.face.sharpness, rel=1e-6)
    changed = finder.person_probe("T1", "U1", picture(BLUE), event)
    assert not np.allclose(changed.face.embedding, first.face.embedding)
    assert finder.forget_user("U1").references == 1  # that of the former avatar is not kept


def test_forgets_an_event_with_all_it_holds(finder: PhotoFinder, folder: Path, database_url: str) -> None:
    event = indexed(finder, folder, EventKey("crabs"))
    indexed(finder, folder, EventKey("lobsters"))
    gone = finder.forget_event(event)
    assert (gone.photos, gone.faces, gone.references) == (3, 8, 0)
    assert [kept.key.slug for kept in finder.events()] == ["lobsters"]
    with psycopg.connect(database_url) as connection:
        for table, left in (("events", 1), ("files", 3), ("photos", 3), ("faces", 8)):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (left,), table
    assert finder.forget_event(event) == replace(gone, photos=0, faces=0)


def test_forgets_a_person_in_one_team_or_in_all(finder: PhotoFinder, folder: Path) -> None:
    event = indexed(finder, folder, EventKey("crabs"))
    for team, user in (("T1", "U1"), ("T2", "U1"), ("T1", "U2")):
        finder.person_probe(team, user, picture(RED), event)
    assert finder.forget_user("U1", "T1").references == 1
    assert finder.forget_user("U1").references == 1
    assert finder.forget_user("U1").references == 0
    assert finder.forget_user("U2").references == 1


def test_forgets_what_is_older_than_wanted(
    finder: PhotoFinder, folder: Path, store: Store, database_url: str
) -> None:
    old, busy, new = (indexed(finder, folder, EventKey(slug)) for slug in ("old", "busy", "new"))
    for event, days in ((old, 31), (busy, 40), (new, 29)):
        age(database_url, event, days)
    with store.exclusive(busy.key):
        with pytest.raises(EventBusy):
            finder.forget_event(busy)
        assert finder.forget_expired(30) == ["old"]
    assert finder.forget_expired(30) == ["busy"]
    assert [event.key.slug for event in finder.events()] == ["new"]


def test_an_event_says_whether_it_is_complete(finder: PhotoFinder, folder: Path, store: Store) -> None:
    key = EventKey("crabs", "T1", "C1")
    for number in range(20):  # more than are in hand at once
        (folder / f"{number}.png").write_bytes(picture(RED, seed=number))
    stop = threading.Event()
    with pytest.raises(Interrupted):
        finder.index(FolderSource(folder), key, progress=lambda _: stop.set(), stop=stop)
    assert [event.state for event in finder.events()] == [EventState.INTERRUPTED]
    with store.exclusive(key):  # as an indexing holds it
        assert [event.state for event in finder.events()] == [EventState.RUNNING]
        assert finder.event("crabs").state is EventState.RUNNING
    indexed(finder, folder, key)
    assert [event.state for event in finder.events()] == [EventState.COMPLETE]


def test_renames_an_event_to_a_name_that_is_free_in_every_spelling(
    finder: PhotoFinder, folder: Path, store: Store
) -> None:
    event = indexed(finder, folder, EventKey("crabs", "T1", "C1"))
    indexed(finder, folder, EventKey("caf\u00e9", "T1", "C2"))
    indexed(finder, folder, EventKey("gala"))  # the command line's, which every team sees
    for taken in ("CAFE\u0301", "Gala"):
        with pytest.raises(EventConflict, match="taken or may not be used"):
            finder.rename_event(event, taken)
    with pytest.raises(InvalidEventName):
        finder.rename_event(event, " ")
    with store.exclusive(event.key), pytest.raises(EventBusy):
        finder.rename_event(event, "lobsters")
    other = EventKey("lobsters", "T1", "C2")
    with store.exclusive(other), pytest.raises(EventConflict):  # somebody makes it right now
        finder.rename_event(event, "lobsters")
    finder.rename_event(event, "Crabs")  # its own name in another case
    finder.rename_event(finder.event("Crabs", "T1"), "lobsters")
    renamed = finder.event("LOBSTERS", "T1")
    assert (renamed.id, renamed.key, renamed.photos) == (event.id, EventKey("lobsters", "T1", "C1"), 3)
