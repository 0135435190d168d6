"""Runs of the queue: shared by worker processes that are killed, doubled, stopped; refused, cancelled."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import EventBusy, InvalidEventName, WeightsUnavailable
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.patience import Patience
from pipeline.range_reader import GivenBack
from pipeline.runs import RunRequest, RunState
from pipeline.shared_indexing import SharedIndexing
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.store import queue as queue_rows
from pipeline.store.embedded import embedded_url
from pipeline.types import Detection, EventKey, Image, SourceEntry
from tests.databases import own_database
from tests.fakes.recognizer import RED, YELLOW, FakeRecognizers, picture, squares
from tests.workers import (
    KEY,
    PATIENCE_SECONDS,
    Workers,
    done,
    end_connections,
    ended,
    fill,
    kill,
    never,
    rows,
    submit,
    wait_for,
    workers,
)


@pytest.fixture
def finder(store: Store) -> PhotoFinder:
    return PhotoFinder(store, FakeRecognizers(), FolderSource, workers=1)


def test_a_worker_brings_an_event_up_to_date(
    queue: IndexQueue, crew: Workers, finder: PhotoFinder, tmp_path: Path
) -> None:
    fill(tmp_path, 20)
    waiting = queue.run(submit(queue, tmp_path))
    assert waiting is not None
    assert (waiting.state, waiting.progress, waiting.request.asked_by) == (RunState.WAITING, None, "U1")
    worker = crew.start()
    run = ended(queue, waiting.id)
    assert (run.state, run.added, run.skipped, run.removed) == (RunState.DONE, 20, 1, 0)
    assert run.progress is not None
    assert (run.progress.done, run.progress.total, run.progress.faces, run.progress.failed) == (22, 22, 40, 1)
    report = queue.report(run)
    assert (report.event, report.photos, report.faces) == ("crab-week", 20, 40)
    assert [failure.photo for failure in report.failed] == ["bad.png"]
    assert finder.event("crab-week", "T1").key == KEY

    (tmp_path / "new.png").write_bytes(picture(RED, seed=900))
    (tmp_path / "001.png").unlink()
    again = ended(queue, submit(queue, tmp_path))
    assert (again.added, again.skipped, again.removed) == (1, 20, 1)
    assert queue.report(again).photos == 20
    wait_for(lambda: queue.state().workers == 1 and queue.state().running == 0)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE_SECONDS) == 0
    assert queue.state() == queue_rows.QueueState(0, 0, 0, 0)


def undisturbed(database_server: str, folder: Path) -> list[tuple[object, ...]]:
    """What one run in one process makes of the folder."""
    with own_database(database_server) as url:
        with Store.open(url) as store:
            PhotoFinder(store, FakeRecognizers(), FolderSource).index(FolderSource(folder), KEY)
        return rows(url)


def test_killed_workers_and_a_restarted_database_lose_and_double_nothing(
    tmp_path: Path, database_server: str
) -> None:
    fill(tmp_path, 300)
    with tempfile.TemporaryDirectory(prefix="findme-queue-") as parent:
        server = embedded_url(Path(parent) / "postgres")
        with Store.open(server.url) as store, workers(server.url) as crew:
            queue = IndexQueue(store)
            run_id = submit(queue, tmp_path)
            survivor, victim = crew.start(0.02), crew.start(0.02)
            for photos in (20, 60, 100):
                wait_for(lambda photos=photos: done(queue, run_id) >= photos)
                kill(victim, server.url)
                victim = crew.start(0.02)
            server.close()
            server = embedded_url(Path(parent) / "postgres")
            for photos in (160, 200):
                wait_for(lambda photos=photos: done(queue, run_id) >= photos)
                kill(victim, server.url)
                victim = crew.start(0.02)
            run = ended(queue, run_id)
            assert survivor.poll() is None
            assert (run.state, run.added, run.skipped) == (RunState.DONE, 300, 1)
            assert [failure.photo for failure in queue.report(run).failed] == ["bad.png"]
            assert rows(server.url) == undisturbed(database_server, tmp_path)
        server.close()


def test_workers_that_are_all_killed_are_replaced_by_one_that_starts_later(
    queue: IndexQueue, crew: Workers, store: Store, tmp_path: Path
) -> None:
    fill(tmp_path, 20)
    run_id = submit(queue, tmp_path)
    first = crew.start(0.05)
    wait_for(lambda: done(queue, run_id) >= 5)
    kill(first, store.url)
    assert not queue.unfinished()[0].state.ended
    crew.start()
    assert ended(queue, run_id).added == 20


def test_a_stopped_worker_finishes_its_photo_and_gives_the_job_back(
    queue: IndexQueue, crew: Workers, tmp_path: Path, store: Store
) -> None:
    fill(tmp_path, 8)
    run_id = submit(queue, tmp_path)
    worker = crew.start(0.3)
    wait_for(lambda: done(queue, run_id) >= 2)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE_SECONDS) == 0
    with store.transaction() as connection:
        unfinished = connection.execute(
            "SELECT count(*) FROM index_entries WHERE outcome IS NULL AND attempts > 0"
        ).fetchone()
    assert unfinished == (0,)
    assert queue.state().waiting >= 1
    assert queue.state().stalled == 0
    crew.start()
    assert ended(queue, run_id).added == 8


def test_a_photo_that_kills_is_tried_twice_and_set_aside_by_name(
    queue: IndexQueue, crew: Workers, tmp_path: Path
) -> None:
    fill(tmp_path, 12)
    (tmp_path / "003-deadly.png").write_bytes(picture(RED, YELLOW, seed=700))
    run_id = submit(queue, tmp_path)
    for _ in range(2):
        assert crew.start().wait(PATIENCE_SECONDS) == 1
    crew.start()
    run = ended(queue, run_id)
    assert (run.state, run.added) == (RunState.DONE, 12)
    failed = {failure.photo: failure.reason for failure in queue.report(run).failed}
    assert set(failed) == {"bad.png", "003-deadly.png"}
    assert "crashed twice" in failed["003-deadly.png"]


def steps(store: Store, batch: int = 8) -> SharedIndexing:
    return SharedIndexing(store, FakeRecognizers(), FolderSource, batch=batch)


def jobs(store: Store, task: str) -> list[dict[str, int]]:
    """The arguments of the jobs that wait, in order."""
    with store.transaction() as connection:
        found = connection.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo' ORDER BY id",
            (f"findme.{task}",),
        )
        return [row[0] for row in found]


def test_jobs_that_are_delivered_twice_at_once_do_their_work_once(
    queue: IndexQueue, crew: Workers, store: Store, tmp_path: Path, database_url: str, database_server: str
) -> None:
    fill(tmp_path, 30)
    run_id = submit(queue, tmp_path)
    with store.transaction() as connection:
        queue_rows.defer(connection, "findme.list_source", [{"run": run_id}])
    steps(store).list_source(run_id)
    with store.transaction() as connection:
        for task in ("read_photos", "close_run"):
            arguments = jobs(store, "read_photos") if task == "read_photos" else [{"run": run_id}]
            queue_rows.defer(connection, f"findme.{task}", arguments)
    crew.start(0.01)
    crew.start(0.01)
    run = ended(queue, run_id)
    assert (run.state, run.added, run.skipped) == (RunState.DONE, 30, 1)
    wait_for(lambda: queue.state().waiting == 0)
    assert rows(database_url) == undisturbed(database_server, tmp_path)


def test_every_step_may_be_done_again(queue: IndexQueue, store: Store, tmp_path: Path) -> None:
    fill(tmp_path, 10)
    run_id = submit(queue, tmp_path)
    for _ in range(2):
        steps(store).list_source(run_id)
    ranges = jobs(store, "read_photos")
    assert len(ranges) == 2
    for arguments in ranges * 2:
        steps(store).close_run(run_id)
        steps(store).read_photos(run_id, arguments["first"], arguments["last"], never)
    for _ in range(2):
        steps(store).close_run(run_id)
    run = ended(queue, run_id)
    assert (run.state, run.added, run.skipped) == (RunState.DONE, 10, 1)


def test_a_job_in_the_hands_of_two_workers_counts_each_photo_once(
    queue: IndexQueue, store: Store, tmp_path: Path
) -> None:
    """A worker that was taken for dead wakes up: what the other has written stands."""
    fill(tmp_path, 6)
    run_id = submit(queue, tmp_path)
    steps(store).list_source(run_id)
    (job,) = jobs(store, "read_photos")

    class Slow(FolderSource):
        def read(self, name: str) -> bytes:
            if name == "001.png":
                end_connections(store.url)
                steps(store).read_photos(run_id, job["first"], job["last"], never)
            return super().read(name)

    sleeper = SharedIndexing(store, FakeRecognizers(), Slow)
    with pytest.raises(Exception, match="connection to the database was lost"):
        sleeper.read_photos(run_id, job["first"], job["last"], never)
    steps(store).close_run(run_id)
    run = ended(queue, run_id)
    assert (run.added, run.skipped) == (6, 1)


def test_an_event_is_indexed_by_one_run_at_a_time(
    queue: IndexQueue, store: Store, finder: PhotoFinder, tmp_path: Path
) -> None:
    fill(tmp_path, 3)
    first = submit(queue, tmp_path)
    assert queue.submit(RunRequest(EventKey("CRAB-week", "T1", "C2"), str(tmp_path))) is None
    other = submit(queue, tmp_path, EventKey("other", "T1"))
    assert [run.id for run in queue.unfinished()] == [first, other]
    with pytest.raises(EventBusy):
        finder.index(FolderSource(tmp_path), KEY)
    with store.exclusive(EventKey("third", "T1")), pytest.raises(EventBusy):
        queue.submit(RunRequest(EventKey("third", "T1"), str(tmp_path)))
    with pytest.raises(InvalidEventName):
        queue.submit(RunRequest(EventKey(" "), str(tmp_path)))


def test_two_that_ask_at_once_get_one_run(queue: IndexQueue, tmp_path: Path) -> None:
    answers: list[int | None] = []
    request = RunRequest(KEY, str(tmp_path))
    threads = [threading.Thread(target=lambda: answers.append(queue.submit(request))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([answer for answer in answers if answer is not None]) == 1


def test_a_run_is_cancelled_in_the_middle_and_its_event_erased(
    queue: IndexQueue, crew: Workers, finder: PhotoFinder, tmp_path: Path
) -> None:
    fill(tmp_path, 30)
    run_id = submit(queue, tmp_path)
    crew.start(0.1)
    wait_for(lambda: done(queue, run_id) >= 5)
    event = finder.event("crab-week", "T1")
    with pytest.raises(EventBusy):
        finder.forget_event(event)
    assert queue.cancel(run_id)
    assert not queue.cancel(run_id)
    run = ended(queue, run_id)
    assert run.state is RunState.CANCELLED
    kept = finder.event("crab-week", "T1").photos
    assert 5 <= kept == run.added < 30
    wait_for(lambda: queue.state().waiting == queue.state().running == 0)
    assert finder.event("crab-week", "T1").photos == kept
    assert ended(queue, submit(queue, tmp_path)).skipped == kept + 1
    assert finder.forget_event(event).photos == 30
    assert queue.run(run_id) is None


def test_a_run_that_cannot_be_done_says_why(
    queue: IndexQueue, store: Store, finder: PhotoFinder, tmp_path: Path
) -> None:
    for folder, reason in ((tmp_path / "nowhere", "There is no folder"), (tmp_path, "holds no photos")):
        run_id = submit(queue, folder)
        steps(store).list_source(run_id)
        run = ended(queue, run_id)
        assert (run.state, run.progress) == (RunState.FAILED, None)
        assert reason in str(run.reason)
    assert finder.events() == []


def test_a_source_that_kills_those_who_list_it_is_given_up(
    queue: IndexQueue, store: Store, tmp_path: Path
) -> None:
    class Dying(FolderSource):
        def entries(self) -> Iterator[SourceEntry]:
            raise SystemExit

    run_id = submit(queue, tmp_path)
    for _ in range(5):
        with pytest.raises(SystemExit):
            SharedIndexing(store, FakeRecognizers(), Dying).list_source(run_id)
    SharedIndexing(store, FakeRecognizers(), Dying).list_source(run_id)
    assert "ended several times" in str(ended(queue, run_id).reason)


def test_an_event_is_closed_before_the_photos_of_the_next_are_read(
    queue: IndexQueue, crew: Workers, store: Store, tmp_path: Path
) -> None:
    fill(tmp_path, 20)
    first, second = submit(queue, tmp_path), submit(queue, tmp_path, EventKey("second"))
    steps(store).list_source(first)
    steps(store).list_source(second)
    crew.start()
    ended(queue, second)
    with store.transaction() as connection:
        early = connection.execute(
            "SELECT count(*) FROM photos p JOIN events e ON e.id = p.event_id, index_runs r"
            " WHERE e.slug = 'second' AND r.id = %s AND p.indexed_at < r.ended_at",
            (first,),
        ).fetchone()
    assert early == (0,)


class Weightless:
    """A detector whose weights are gone."""

    def detect(self, image: Image) -> list[Detection]:  # noqa: ARG002  (the port's signature)
        raise WeightsUnavailable("The weights cannot be had. Install them again.")


def test_what_concerns_every_photo_ends_the_run_and_blames_none(
    queue: IndexQueue, store: Store, tmp_path: Path
) -> None:
    fill(tmp_path, 3)
    for recognizer, reason in (
        (replace(squares(), detector=Weightless()), "weights cannot be had"),
        (squares(version=2), "squares-1"),
    ):
        run_id = submit(queue, tmp_path)
        steps(store).list_source(run_id)
        unfit = SharedIndexing(store, FakeRecognizers(recognizer), FolderSource, patience=Patience(whole=0))
        unfit.read_photos(run_id, 0, 99, never)
        run = ended(queue, run_id)
        assert (run.state, run.added, queue.report(run).photos) == (RunState.FAILED, 0, 0)
        assert reason in str(run.reason)


def test_a_stop_before_the_first_photo_gives_the_job_back(
    queue: IndexQueue, store: Store, tmp_path: Path
) -> None:
    fill(tmp_path, 3)
    run_id = submit(queue, tmp_path)
    steps(store).list_source(run_id)
    with pytest.raises(GivenBack):
        steps(store).read_photos(run_id, 0, 99, lambda: True)
    assert done(queue, run_id) == 0


def test_the_queues_tables_are_made_once_by_several_at_once(database_server: str) -> None:
    with own_database(database_server, template="template0") as url:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: Store.open(url).close(), range(4)))
        with Store.open(url) as store:
            assert IndexQueue(store).state() == queue_rows.QueueState(0, 0, 0, 0)
