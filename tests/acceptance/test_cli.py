"""The command line, as a script or an operator meets it: each command in a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import numpy as np
import psycopg
import pytest
from PIL import Image

from tests import databases
from tests.acceptance.command_line import FINDME, Run, environment, runner
from tests.acceptance.sample import Sample, write
from tests.fakes import face_models
from tests.fakes.clip_model import write_clip_files
from tests.fakes.odd_photos import write_odd_photos
from tests.workers import wait_for


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """An event on disk; tests must not change it."""
    return write(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def run(database_url: str, models: Path, tmp_path: Path) -> Run:
    """Runs `findme` on a database of the test's own, in an empty folder."""
    return runner(database_url, models, tmp_path)


def photo_counts(database_url: str) -> list[int]:
    """How many photos each event has; quicker than a process that tells it."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT count(photos.id) FROM events LEFT JOIN photos ON event_id = events.id GROUP BY events.id"
        ).fetchall()
    return [int(row[0]) for row in rows]


@pytest.fixture(scope="module")
def week(
    database_server: str, models: Path, sample: Sample, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    """Runs `findme` where the sample is indexed already; tests must not change it."""
    folder = tmp_path_factory.mktemp("week")
    with databases.own_database(database_server) as url:
        run = runner(url, models, folder)
        assert run("index", sample.photos, "--event", "crab-week").status == 0
        yield run


def test_index_find_events_forget(run: Run, sample: Sample, tmp_path: Path) -> None:
    indexed = run("index", sample.photos, "--event", "crab-week", "--json")
    assert indexed.status == 0, indexed.err
    report = indexed.json
    photos = len(sample.names)
    assert set(report) == {"event", "photos", "faces", "added", "skipped", "failed", "seconds"}
    assert (report["event"], report["photos"], report["added"]) == ("crab-week", photos, photos)
    assert report["skipped"] == 0
    assert report["failed"] == []
    assert report["faces"] >= sum(len(names) for names in sample.truth.values())
    assert "Indexing" in indexed.err

    again = run("index", sample.photos, "--event", "crab-week", "--json").json
    assert (again["added"], again["skipped"], again["photos"]) == (0, photos, photos)

    for person, avatar in sample.avatars.items():
        sheet = tmp_path / f"{person}.jpg"
        found = run("find", avatar, "--event", "crab-week", "--json", "--sheet", sheet)
        assert found.status == 0, found.err
        answer = found.json
        assert set(answer) == {"probe", "recognizer", "threshold", "matches"}
        assert answer["probe"]["faces"] == 1
        assert len(answer["probe"]["box"]) == 4
        assert answer["recognizer"] == "dlib"
        names = {match["photo"] for match in answer["matches"]}
        assert names == sample.truth[person]
        distances = [match["distance"] for match in answer["matches"]]
        assert distances == sorted(distances)
        assert distances[-1] <= answer["threshold"]
        for match in answer["matches"]:
            assert set(match) == {"event", "photo", "distance", "confidence", "strength", "box"}
            assert match["event"] == "crab-week"
            assert match["strength"] in ("strong", "possible")
            assert 0 <= match["confidence"] <= 1
        with Image.open(sheet) as picture:
            assert picture.format == "JPEG"

    best = run("find", avatar, "--limit", "2", "--json").json["matches"]
    assert [match["photo"] for match in best] == [match["photo"] for match in answer["matches"][:2]]
    assert run("find", avatar, "--threshold", "0.05", "--json").json["matches"] == []

    (event,) = run("events", "--json").json["events"]
    assert set(event) == {"event", "photos", "faces", "recognizer", "source", "indexed_at", "state"}
    assert event["state"] == "complete"
    assert (event["event"], event["photos"], event["faces"]) == ("crab-week", photos, report["faces"])
    assert event["source"] == str(sample.photos)

    gone = run("forget", "crab-week", "--json").json
    assert gone == {"photos": photos, "faces": report["faces"], "references": 0}
    assert run("events", "--json").json == {"events": []}


def test_an_archive_is_indexed_and_searched(run: Run, sample: Sample, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "party"), "zip", sample.photos)
    report = run("index", archive, "--event", "party", "--json").json
    assert (report["photos"], report["failed"]) == (len(sample.names), [])
    person, avatar = next(iter(sample.avatars.items()))
    found = run("find", avatar, "--json", "--sheet", tmp_path / "sheet.jpg").json
    assert {match["photo"] for match in found["matches"]} == sample.truth[person]
    assert (tmp_path / "sheet.jpg").stat().st_size > 0
    (event,) = run("events", "--json").json["events"]
    assert event["source"] == archive


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("party.zip", "There is no file"),
        ("https://me:s3cr3t@example.com/party.zip", "holds credentials"),
        ("https://example.com/party.zip?key=s3cr3t", "may be a key"),
        ("ftp://example.com/photos", "not read from ftp://"),
        ("http://127.0.0.1:9/party.zip", "could not be reached"),
        ("sftp://anna@127.0.0.1:9/photos", "could not be reached"),
    ],
)
def test_a_source_that_cannot_be_used_is_one_sentence(run: Run, source: str, words: str) -> None:
    outcome = run("index", source, "--event", "party", "--json")
    assert (outcome.status, outcome.out) == (1, "")
    assert words in " ".join(outcome.err.split())
    assert not any(secret in outcome.err for secret in ("s3cr3t", "Traceback", "WARNING", "ERROR"))


def test_for_people_it_prints_tables_and_sentences(run: Run, sample: Sample) -> None:
    assert "crab-week holds" in run("index", sample.photos, "--event", "crab-week").out
    best = run("find", sample.avatars["grace"], "--limit", "1").out
    assert any(name in best for name in sample.truth["grace"])
    assert "strong" in best
    assert "crab-week" in run("events").out
    assert "Erased" in run("forget", "crab-week").out
    assert "findme index" in run("events").out


def test_one_photo_is_one_photo(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "sky"
    folder.mkdir()
    Image.new("RGB", (320, 240), (90, 140, 220)).save(folder / "sky.png")
    assert "sky holds 1 photo with 0 faces: 1 added" in run("index", folder, "--event", "sky").out
    assert "Erased: 1 photo, 0 faces, 0 references." in run("forget", "sky").out


def test_version_says_which_release_it_is(run: Run) -> None:
    told = run("--version")
    assert (told.status, told.out.strip()) == (0, f"FindMe {version('findme')}")


def test_several_photos_of_one_person_count_together(week: Run, sample: Sample, tmp_path: Path) -> None:
    grace, mirrored, sky = sample.avatars["grace"], tmp_path / "mirrored.jpg", tmp_path / "sky.png"
    with Image.open(grace) as picture:
        picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(mirrored)
    Image.new("RGB", (320, 240), (90, 140, 220)).save(sky)
    found = week("find", sky, grace, mirrored, "--json", "--sheet", tmp_path / "sheet.jpg")
    assert found.status == 0, found.err
    assert {match["photo"] for match in found.json["matches"]} == sample.truth["grace"]
    assert set(found.json) == {"probe", "probes", "recognizer", "threshold", "matches"}
    assert [probe["faces"] for probe in found.json["probes"]] == [0, 1, 1]
    assert found.json["probe"] == found.json["probes"][1]
    assert "Photo 1 is left out" in found.err
    assert (tmp_path / "sheet.jpg").is_file()
    mixed = week("find", grace, sample.avatars["eileen"])
    assert "hardly look like one person" in mixed.err


def test_a_photo_without_a_face_is_a_normal_answer(week: Run, tmp_path: Path) -> None:
    plain = tmp_path / "sky.png"
    Image.new("RGB", (320, 240), (90, 140, 220)).save(plain)
    found = week("find", plain, "--json")
    assert found.status == 0
    assert found.json["probe"] == {"faces": 0, "box": None}
    assert found.json["matches"] == []
    assert "face" in found.err


def test_before_anything_is_indexed_the_answer_says_what_to_do(run: Run, sample: Sample) -> None:
    found = run("find", sample.avatars["grace"], "--json")
    assert found.status == 0
    assert (found.json["probe"]["faces"], found.json["matches"]) == (1, [])
    assert "findme index" in found.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["find", "nowhere.jpg"], "nowhere.jpg"),
        (["find", "{avatar}", "--event", "nope"], "nope"),
        (["find", "{avatar}", "--sheet", "{avatar}"], "is there already and is no contact sheet"),
        (["forget", "nope"], "nope"),
        (["index", "{avatar}", "--event", "x"], "is one photo"),
        (["index", "no-such-folder", "--event", "x"], "no-such-folder"),
        (["index", "{photos}", "--event", "x", "--recognizer", "magic"], "magic"),
        (["eval", "no-such-folder"], "no-such-folder"),
    ],
)
def test_a_failure_is_one_sentence_and_status_1(
    run: Run, sample: Sample, words: list[str], said: str, database_url: str
) -> None:
    before = sample.avatars["grace"].read_bytes()
    filled = [word.format(avatar=sample.avatars["grace"], photos=sample.photos) for word in words]
    outcome = run(*filled)
    assert outcome.status == 1
    assert outcome.out == ""
    assert said in outcome.err
    assert "Traceback" not in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1
    assert photo_counts(database_url) == []
    assert sample.avatars["grace"].read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        ["index"],
        ["index", "folder"],
        ["find"],
        ["find", "x.jpg", "--limit", "0"],
        ["find", "x.jpg", "--threshold", "near"],
        ["forget"],
        ["forget", "event", "--user", "U1"],
        ["dance"],
        ["demo", "--photos", "here"],
    ],
)
def test_wrong_usage_is_status_2(run: Run, words: list[str]) -> None:
    outcome = run(*words)
    assert outcome.status == 2
    assert outcome.out == ""
    assert "Usage" in outcome.err


def test_a_wrong_setting_is_named(run: Run) -> None:
    outcome = run("events", FINDME_RESULTS="lots")
    assert outcome.status == 1
    assert "FINDME_RESULTS" in outcome.err


def test_odd_photos_are_indexed_or_named(run: Run, sample: Sample, tmp_path: Path) -> None:
    good = sample.photos / "grace-1.jpg"
    odd = write_odd_photos(tmp_path / "odd", good.read_bytes())
    report = run("index", tmp_path / "odd", "--event", "odd", "--json").json
    assert {failure["photo"] for failure in report["failed"]} == set(odd.bad)
    for failure in report["failed"]:
        assert odd.bad[failure["photo"]] in failure["reason"]
    assert report["photos"] == len(odd.good)
    found = run("find", sample.avatars["grace"], "--event", "odd", "--json").json
    assert {match["photo"] for match in found["matches"]} == set(odd.good)


def test_indexing_in_vain_is_a_failure_that_says_why(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("no photo at all")
    (folder / "note.jpg").write_text("none either")
    told = run("index", folder, "--event", "x")
    assert told.status == 1
    assert told.out.count("Not indexed: ") == 3
    assert "x holds" not in told.out
    said = told.err.strip().splitlines()[-1]
    assert said.startswith("Nothing could be indexed into x: 3 photos failed. 2 of them: ")
    again = run("index", folder, "--event", "x", "--json")
    assert again.status == 1
    assert (again.json["photos"], len(again.json["failed"])) == (0, 3)
    assert again.err.strip().splitlines()[-1] == said


@pytest.mark.parametrize("impatient", [False, True])
def test_interrupted_indexing_goes_on_where_it_stopped(
    run: Run, sample: Sample, database_url: str, tmp_path: Path, impatient: bool
) -> None:
    env = environment(DATABASE_URL=database_url, FINDME_DATA_DIR=str(tmp_path / "data"))
    many = tmp_path / "many"
    many.mkdir()
    photo = (sample.photos / "grace-1.jpg").read_bytes()
    for number in range(30):
        (many / f"{number}.jpg").write_bytes(photo + bytes([number]))  # other bytes, the same picture
    words = [FINDME, "index", str(many), "--event", "long"]
    process = subprocess.Popen(words, env=env, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    wait_for(lambda: any(photo_counts(database_url)))
    process.send_signal(signal.SIGINT)
    if impatient:
        assert process.stderr is not None
        assert any(b"once more" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 1
    assert (b"Stopped." if impatient else b"again") in err
    (before,) = photo_counts(database_url)
    assert 0 < before < len(list(many.iterdir()))
    report = run("index", many, "--event", "long", "--json").json
    assert report["photos"] == len(list(many.iterdir()))
    assert report["skipped"] == before


def test_eval_on_the_event_layout(run: Run, sample: Sample) -> None:
    outcome = run("eval", sample.folder, "--json")
    assert outcome.status == 0, outcome.err
    measured = outcome.json
    assert set(measured) == {
        "recognizer", "probes", "photos", "faces", "precision_at_5", "map", "recall", "precision",
        "threshold", "seconds",
    }  # fmt: skip
    assert (measured["recognizer"], measured["probes"]) == ("dlib", 2)
    assert measured["precision_at_5"] == 1.0
    assert measured["precision"] == 1.0
    assert measured["recall"] == 1.0


def test_clip_without_weights_says_so_and_writes_nothing(run: Run, sample: Sample, tmp_path: Path) -> None:
    env = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "empty")}
    outcome = run("index", sample.photos, "--event", "x", "--recognizer", "clip", **env)
    assert outcome.status == 1
    assert "FINDME_CLIP_MODEL" in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1
    assert run("events", "--json").json == {"events": []}


def test_clip_indexes_and_finds_with_weights_from_a_file(run: Run, tmp_path: Path, sample: Sample) -> None:
    env = write_clip_files(tmp_path / "clip").env
    photos = tmp_path / "few"
    photos.mkdir()
    for name in ("grace-1.jpg", "eileen-1.jpg", "hill.jpg"):
        (photos / name).write_bytes((sample.photos / name).read_bytes())
    indexed = run("index", photos, "--event", "few", "--recognizer", "clip", "--json", **env)
    assert indexed.status == 0, indexed.err
    assert indexed.json["photos"] == 3
    assert indexed.json["faces"] >= 1
    found = run("find", sample.avatars["grace"], "--event", "few", "--threshold", "1000", "--json", **env)
    assert found.status == 0, found.err
    assert found.json["recognizer"] == "clip"
    assert {match["strength"] for match in found.json["matches"]} == {"possible"}
    # The default recognizer's vectors live elsewhere: the event is searched in its own space only.
    assert run("events", "--json").json["events"][0]["recognizer"] == "clip"


def test_an_event_moves_to_another_recognizer(run: Run, tmp_path: Path) -> None:
    photos = tmp_path / "squares"
    photos.mkdir()
    (photos / "red.jpg").write_bytes(face_models.scene(face_models.RED))
    (photos / "both.jpg").write_bytes(face_models.scene(face_models.RED, face_models.MAGENTA))
    env = {
        "FINDME_SFACE_DETECTOR": str(face_models.write_yunet(tmp_path / "yunet.onnx")),
        "FINDME_SFACE_MODEL": str(face_models.write_sface(tmp_path / "sface.onnx")),
    }
    assert run("index", photos, "--event", "squares", "--json").json["faces"] == 0
    moved = run("reindex", "squares", "--recognizer", "sface", "--json", **env)
    assert moved.status == 0, moved.err
    assert moved.json.pop("seconds") >= 0
    expected = {"event": "squares", "photos": 2, "faces": 3, "added": 2, "skipped": 0, "failed": []}
    assert {name: moved.json[name] for name in expected} == expected
    assert moved.json["recognizer"] == "sface"
    (photos / "red.jpg").unlink()
    refused = run("reindex", "squares", "--recognizer", "dlib")
    assert (refused.status, len(refused.err.strip().splitlines())) == (1, 2), refused.err
    assert "1 of 2 photos of event squares cannot be read any more: red.jpg" in refused.err


def test_a_named_pipe_is_no_photo(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    outcome = run("find", tmp_path / "pipe.jpg")
    assert outcome.status == 1
    assert "is no file: give the path of a photo." in outcome.err


def test_a_probe_on_its_side_is_turned_upright(week: Run, sample: Sample, tmp_path: Path) -> None:
    with Image.open(sample.avatars["grace"]) as avatar:
        lying = Image.fromarray(np.rot90(np.asarray(avatar.convert("RGB"))).copy())
    exif = Image.Exif()
    exif[0x0112] = 6
    data = BytesIO()
    lying.save(data, "JPEG", exif=exif)
    probe = tmp_path / "lying.jpg"
    probe.write_bytes(data.getvalue())
    assert {m["photo"] for m in week("find", probe, "--json").json["matches"]} == sample.truth["grace"]
