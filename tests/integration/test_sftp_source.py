"""Photos on another machine: over real SSH, with paramiko's own server at the far end."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import paramiko
import pytest

from bot.wiring import open_source
from pipeline.errors import SourceAway, SourceUnreachable
from pipeline.photo_store.remote import RemoteStore
from pipeline.sources.address import parse_address
from pipeline.sources.place import Place
from tests.fakes import ssh_server
from tests.fakes.ssh_server import SSH

PHOTOS = {"b.JPG": b"b", "a.jpeg": bytes(range(256)) * 300, "Zoo/deep/d.png": b"d", "a dir/ü é.webp": b"e"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a key of one's own."""
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return tmp_path / "home"


@pytest.fixture
def ssh(home: Path, tmp_path: Path) -> Iterator[SSH]:
    """A host that is known, with photos in /photos."""
    for name, data in {**PHOTOS, "notes.txt": b"x", ".hidden.jpg": b"x"}.items():
        path = tmp_path / "far" / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with zipfile.ZipFile(tmp_path / "far" / "party.zip", "w") as archive:
        for name, data in PHOTOS.items():
            archive.writestr(name, data)
    key = paramiko.ECDSAKey.generate()
    key.write_private_key_file(str(home / ".ssh" / "id_ecdsa"))
    with ssh_server.serving(tmp_path / "far", key) as server:
        (home / ".ssh" / "known_hosts").write_text(server.known)
        yield server


def everything(address: str) -> dict[str, bytes]:
    source = open_source(address)
    names = [entry.name for entry in source.entries()]
    with ThreadPoolExecutor(4) as executor:
        return dict(zip(names, executor.map(source.read, names), strict=True))


@pytest.mark.parametrize("path", ["photos", "photos/", "party.zip"])
def test_lists_and_reads_what_a_folder_would(ssh: SSH, path: str) -> None:
    assert everything(f"sftp://anna@{ssh.host}/{path}") == PHOTOS


def test_notices_what_changes(ssh: SSH, tmp_path: Path) -> None:
    source = open_source(f"sftp://anna@{ssh.host}/photos")
    before = {entry.name: entry.fingerprint for entry in source.entries()}
    (tmp_path / "far/photos/a.jpeg").write_bytes(b"new")
    (tmp_path / "far/photos/b.JPG").unlink()
    after = {entry.name: entry.fingerprint for entry in source.entries()}
    assert before["a.jpeg"] != after["a.jpeg"]
    assert before["Zoo/deep/d.png"] == after["Zoo/deep/d.png"]
    with pytest.raises(SourceUnreachable, match=r"b\.JPG is no longer"):
        source.read("b.JPG")


def test_a_host_that_nobody_knows_is_not_trusted(ssh: SSH, home: Path) -> None:
    another_key = paramiko.ECDSAKey.generate().get_base64()
    host, kind, _ = ssh.known.split()
    for known in ("", f"{host} {kind} {another_key}\n"):
        (home / ".ssh" / "known_hosts").write_text(known)
        with pytest.raises(SourceUnreachable, match=r"may not be read\..*known_hosts"):
            everything(f"sftp://anna@{ssh.host}/photos")


def test_somebody_else_may_not_log_in(ssh: SSH) -> None:
    with pytest.raises(SourceUnreachable, match=r"may not be read\..*~/\.ssh"):
        everything(f"sftp://grace@{ssh.host}/photos")


def test_says_what_is_not_there(ssh: SSH) -> None:
    with pytest.raises(SourceUnreachable, match="There is nothing at"):
        everything(f"sftp://anna@{ssh.host}/nothing")
    with pytest.raises(SourceUnreachable, match="could not be reached"):
        everything("sftp://anna@127.0.0.1:9/photos")


def test_a_connection_that_dropped_is_made_anew(ssh: SSH) -> None:
    source = open_source(f"sftp://anna@{ssh.host}/photos")
    assert source.read("b.JPG") == b"b"
    source._place._connection[0].client.close()  # type: ignore[attr-defined]
    with pytest.raises(SourceUnreachable):
        source.read("b.JPG")
    assert source.read("b.JPG") == b"b"


def test_a_server_that_falls_silent_is_given_up_and_asked_anew(
    ssh: SSH, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.sources.drivers.SILENCE_SECONDS", 0.3)
    source = open_source(f"sftp://anna@{ssh.host}/photos")
    assert source.read("b.JPG") == b"b"
    speaks = threading.Event()
    opened = ssh_server._Files.open

    def silent(*arguments: Any) -> Any:
        speaks.wait(60)
        return opened(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(ssh_server._Files, "open", silent)
        with pytest.raises(SourceAway):
            source.read("b.JPG")
        speaks.set()
    assert source.read("b.JPG") == b"b"


def test_a_disk_that_is_gone_there_is_away_and_one_file_is_not(ssh: SSH, tmp_path: Path) -> None:
    source = open_source(f"sftp://anna@{ssh.host}/photos")
    (tmp_path / "far/photos").rename(tmp_path / "far/gone")
    with pytest.raises(SourceAway, match="There is nothing at"):
        source.read("b.JPG")
    (tmp_path / "far/photos").mkdir()
    with pytest.raises(SourceAway, match="suddenly empty"):
        source.read("b.JPG")


def test_photos_can_be_kept_there(ssh: SSH, tmp_path: Path) -> None:
    store = RemoteStore(Place(parse_address(f"sftp://anna@{ssh.host}/kept")))
    assert store.get("event/photos/a") is None
    assert list(store.names("event")) == []
    for name in ("event/photos/a", "event/previews/a.jpg", "other/photos/a"):
        store.put(name, name.encode())
    store.put("event/photos/a", b"anew")
    assert store.get("event/photos/a") == b"anew"
    assert sorted(store.names("event")) == ["event/photos/a", "event/previews/a.jpg"]
    store.remove(["event/photos/a", "event/photos/gone"])
    assert store.erase("event") == 1
    assert store.erase("event") == 0
    assert [path.name for path in (tmp_path / "far" / "kept").glob("*/")] == ["other"]
