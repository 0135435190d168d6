"""Photos elsewhere: S3 over real HTTP (moto's server), a web server, and fsspec's memory."""

from __future__ import annotations

import io
import resource
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fsspec
import pytest

from bot import wiring
from bot.wiring import open_source
from pipeline.errors import SourceUnfit, SourceUnreachable
from pipeline.sources.rubbish import STORE_MARK
from tests.fakes import web_server
from tests.fakes.web_server import WebFile

PHOTOS = {"b.JPG": b"b", "a.jpeg": bytes(range(256)) * 300, "Zoo/deep/d.png": b"d", "a dir/ü é.webp": b"e"}
RUBBISH = ["notes.txt", ".hidden.jpg", "__MACOSX/a.jpg", "@eaDir/a.jpg", "Zoo/.thumbs/d.png"]


def zipped(photos: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, data in photos.items():
            archive.writestr(name, data)
    return memory.getvalue()


def everything(address: str) -> dict[str, bytes]:
    source = open_source(address)
    return {entry.name: source.read(entry.name) for entry in source.entries()}


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    wiring._elsewhere.cache_clear()


def put(s3: Any, prefix: str, photos: dict[str, bytes]) -> None:
    for name, data in photos.items():
        s3.put_object(Bucket="party", Key=prefix + name, Body=data)


@pytest.mark.parametrize("prefix", ["", "crab week/2026/"])
def test_s3_lists_and_reads_what_a_folder_would(s3: Any, prefix: str) -> None:
    put(s3, prefix, {**PHOTOS, **dict.fromkeys(RUBBISH, b"x"), "Zoo/": b""})
    address = f"s3://party/{prefix}"
    assert everything(address) == PHOTOS
    names = [entry.name for entry in open_source(address).entries()]
    assert names == ["a.jpeg", "b.JPG", "Zoo/deep/d.png", "a dir/ü é.webp"]
    assert open_source(address).uri == address.rstrip("/")


def test_s3_does_not_take_a_neighbour_for_its_own(s3: Any) -> None:
    put(s3, "", {"crab/a.jpg": b"a", "crabs/b.jpg": b"b", "crab.jpg": b"c"})
    assert everything("s3://party/crab") == {"a.jpg": b"a"}


def test_s3_lists_more_than_one_page(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")
    put(s3, "many/", {f"{number:04}.jpg": b"x" for number in range(35)})
    assert s3.list_objects_v2(Bucket="party")["KeyCount"] == 10
    assert len(list(open_source("s3://party/many").entries())) == 35


@pytest.mark.parametrize("prefix", ["", "crab week/2026/"])
def test_s3_names_photos_whose_keys_are_no_paths(s3: Any, prefix: str) -> None:
    readable = ["/lead.jpg", "x//y.jpg", "x///deep/z.jpg", "x//q?#%41.jpg", "a.jpg"]
    refused = ["../up.jpg", "./dot.jpg", "x/../y.jpg", "x//../y.jpg"]
    rubbish = ["x//notes.txt", "x//.hidden.jpg", "x//@eaDir/a.jpg", "x//store/b.jpg", "x/", "x//folder.jpg/"]
    keys = [*readable, *refused, *rubbish, f"x//store/{STORE_MARK}"]
    put(s3, prefix, {key: key.encode() for key in keys})
    source = open_source(f"s3://party/{prefix}")
    refusals = {entry.name: entry.refusal for entry in source.entries()}
    assert sorted(refusals) == sorted(readable + refused)
    assert {name for name, reason in refusals.items() if reason and "'.' or '..'" in reason} == set(refused)
    assert {name: source.read(name) for name in readable} == {name: name.encode() for name in readable}
    with pytest.raises(SourceUnreachable, match="is no name of a photo"):
        open_source("memory://party").read("x//y.jpg")


def test_s3_notices_what_changes(s3: Any) -> None:
    put(s3, "", {"a.jpg": b"old", "b.jpg": b"same"})
    source = open_source("s3://party")
    before = {entry.name: entry.fingerprint for entry in source.entries()}
    put(s3, "", {"a.jpg": b"new", "c.jpg": b"c"})
    s3.delete_object(Bucket="party", Key="b.jpg")
    after = {entry.name: entry.fingerprint for entry in source.entries()}
    assert after.keys() == {"a.jpg", "c.jpg"}
    assert before["a.jpg"] != after["a.jpg"]
    with pytest.raises(SourceUnreachable, match=r"b\.jpg is no longer in s3://party"):
        source.read("b.jpg")


def test_an_archive_in_a_bucket_is_read_by_ranges(s3: Any) -> None:
    s3.put_object(Bucket="party", Key="in/party.zip", Body=zipped(PHOTOS))
    assert everything("s3://party/in/party.zip") == PHOTOS
    s3.put_object(Bucket="party", Key="in/party.zip", Body=zipped({"0.jpg": b"0", **PHOTOS, "b.JPG": b"new"}))
    source = open_source("s3://party/in/party.zip")
    assert source.read("b.JPG") == b"new"
    s3.put_object(Bucket="party", Key="in/party.zip", Body=zipped({"b.JPG": b"newer"}))
    assert source.read("b.JPG") == b"newer"


def test_s3_says_what_is_wrong(s3: Any) -> None:
    put(s3, "", {"a.jpg": b"a"})
    for address, words in {
        "s3://no-such-bucket": "There is nothing at s3://no-such-bucket",
        "s3://party/nothing": "There is nothing at s3://party/nothing",
        "s3://party/a.jpg": "is one file",
        "s3://party/nothing.zip": "There is nothing at",
    }.items():
        with pytest.raises(SourceUnreachable, match=words):
            everything(address)
    for name in ("../a.jpg", "a/./b.jpg", "", "a/"):
        with pytest.raises(SourceUnreachable, match="is no name of a photo"):
            open_source("s3://party").read(name)


@pytest.mark.usefixtures("s3")
def test_s3_without_credentials_says_where_to_put_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nothing")
    with pytest.raises(SourceUnreachable, match=r"may not be read\. .*AWS_ACCESS_KEY_ID"):
        everything("s3://party")


@pytest.mark.usefixtures("s3")
def test_s3_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(SourceUnreachable, match="could not be reached"):
        everything("s3://party")


def test_a_missing_driver_is_named_by_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(SourceUnreachable, match="needs the extra `s3`"):
        everything("s3://party")


def test_after_an_error_it_connects_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.filesystem("memory").pipe("/again/a.jpg", b"a")
    source = open_source("memory://again")
    real = fsspec.core.url_to_fs
    monkeypatch.setattr("fsspec.core.url_to_fs", lambda *_, **__: 1 / 0)
    with pytest.raises(SourceUnreachable, match="could not be reached"):
        source.read("a.jpg")
    monkeypatch.setattr("fsspec.core.url_to_fs", real)
    assert source.read("a.jpg") == b"a"


def test_memory() -> None:
    memory = fsspec.filesystem("memory")
    for name, data in {**PHOTOS, **dict.fromkeys(RUBBISH, b"x")}.items():
        memory.pipe(f"/crabs/{name}", data)
    assert everything("memory://crabs") == PHOTOS
    memory.pipe("/crabs.zip", zipped(PHOTOS))
    assert everything("memory://crabs.zip") == PHOTOS
    with pytest.raises(SourceUnreachable, match="There is nothing at"):
        everything("memory://lobsters")


@pytest.fixture
def web() -> Iterator[WebFile]:
    with web_server.serving(zipped(PHOTOS)) as file:
        yield file


def test_an_archive_on_the_web_is_read_by_ranges(web: WebFile) -> None:
    assert everything(web.url) == PHOTOS
    assert all(web.asked)
    before = len(web.asked)
    with ThreadPoolExecutor(8) as executor:
        read = list(executor.map(open_source(web.url).read, list(PHOTOS) * 5))
    assert read == list(PHOTOS.values()) * 5
    assert len(web.asked) - before == len(read)  # one request a photo


def test_a_server_without_ranges_is_asked_for_all_once(web: WebFile) -> None:
    web.ranges, web.tag = False, '"1"'
    assert everything(web.url) == PHOTOS
    assert len(web.asked) == 1
    assert everything(web.url) == PHOTOS  # the same version is not downloaded again
    web.data, web.tag = zipped({"new.jpg": b"new"}), '"2"'
    assert everything(web.url) == {"new.jpg": b"new"}


def test_a_disk_without_room_is_this_machines_trouble_not_the_photos(web: WebFile) -> None:
    web.ranges = False
    most, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(web.data) // 2, hard))  # no file gets larger
    try:
        with pytest.raises(SourceUnfit, match="no room"):
            everything(web.url)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))


def test_a_download_has_a_limit(web: WebFile, monkeypatch: pytest.MonkeyPatch) -> None:
    web.ranges = False
    monkeypatch.setattr("pipeline.sources.web.MAX_DOWNLOAD", 1000)
    with pytest.raises(SourceUnreachable, match="GB"):
        everything(web.url)


def test_an_archive_on_the_web_that_is_replaced(web: WebFile) -> None:
    source = open_source(web.url)
    assert source.read("b.JPG") == b"b"
    web.data = zipped({"0.jpg": b"0", "b.JPG": b"new"})
    assert source.read("b.JPG") == b"new"
    with pytest.raises(SourceUnreachable, match="no longer in the archive"):
        source.read("a.jpeg")


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ({"status": 403}, "may not be read"),
        ({"login": "Basic YW5uYTpzM2NyM3Q="}, r"may not be read.*\.netrc"),
        ({"status": 404}, "There is nothing at"),
        ({"status": 418}, "answered with status 418"),
        ({"cut": 30}, "could not be reached, or ended early"),
        ({"cut": 30, "ranges": False}, "could not be reached, or ended early"),
        ({"data": b"<html>Sign in</html>"}, "is no ZIP archive"),
        ({"data": b""}, "is no ZIP archive"),
    ],
)
def test_the_web_says_what_is_wrong(web: WebFile, trouble: dict[str, Any], words: str) -> None:
    for name, value in trouble.items():
        setattr(web, name, value)
    with pytest.raises(SourceUnreachable, match=words):
        everything(web.url)


def test_a_login_comes_from_netrc(web: WebFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login anna password s3cr3t\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    web.login = "Basic YW5uYTpzM2NyM3Q="
    assert everything(web.url) == PHOTOS


def test_a_server_that_is_gone() -> None:
    with pytest.raises(SourceUnreachable, match="could not be reached"):
        everything("http://127.0.0.1:9/party.zip")


def test_a_place_that_cannot_be_looked_at_counts_as_fleeting() -> None:
    """Asked in the midst of showing a photo: it must not raise, whatever the disk says."""
    assert wiring.is_fleeting("/" + 300 * "x")  # too long a name: looking raises OSError
    assert not wiring.is_fleeting("/")
