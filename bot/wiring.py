"""The composition root: the only place in the bot that turns settings into objects."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache, partial
from pathlib import Path
from urllib.parse import unquote

from bot.settings import Settings
from bot.slack.addresses import is_slack, parse_slack
from pipeline.errors import SourceUnfit, SourceUnreachable
from pipeline.finder import PhotoFinder
from pipeline.images import is_photo_name
from pipeline.index_queue import IndexQueue
from pipeline.keeping import Keeper
from pipeline.photo_store.folder import FolderStore
from pipeline.photo_store.remote import RemoteStore
from pipeline.ports import PhotoSource, PhotoStore
from pipeline.registry import ModelPaths, Recognizers
from pipeline.sources.address import is_url, parse_address, within
from pipeline.sources.archive import ZipSource
from pipeline.sources.fetched_zip import FetchedZip
from pipeline.sources.folder import FolderSource
from pipeline.sources.place import Place
from pipeline.sources.ranges import LocalRanges
from pipeline.sources.remote import RemoteRanges, RemoteSource
from pipeline.sources.web import WebRanges
from pipeline.store import Store
from pipeline.store.embedded import embedded_url


def open_source(address: str, photo_urls: tuple[str, ...] = ()) -> PhotoSource:
    """The photo source behind an address: what somebody typed, or an event's `source`.

    A path is a ZIP archive when it is a file or ends in `.zip`, else a folder. photo_urls: those of the
    settings; what they admit never leads anywhere else. Raises SourceUnreachable for a URL that cannot be one
    of photos.
    """
    if address.lower().startswith("file:///"):
        return open_source(unquote(address[len("file://") :]))
    if is_url(address):
        return _elsewhere(address, photo_urls)
    path = Path(address)
    if is_photo_name(path.name) and path.is_file():
        raise SourceUnreachable(
            f"{address} is one photo: give the folder that it lies in, or a ZIP archive of photos."
        )
    if not path.is_dir() and (path.suffix.lower() == ".zip" or path.is_file()):
        return _zip_file(os.path.realpath(path))
    return FolderSource(path)


@lru_cache(maxsize=16)
def _zip_file(path: str) -> ZipSource:
    """Kept, because reading an archive's directory takes longer than reading a photo from it."""
    return ZipSource(LocalRanges(path))


@lru_cache(maxsize=16)
def _elsewhere(url: str, photo_urls: tuple[str, ...]) -> PhotoSource:
    """Kept, because connecting takes longer than reading a photo."""
    address = parse_address(url)
    if address.is_web:
        admitted = [parse_address(beginning) for beginning in photo_urls]
        return ZipSource(WebRanges(address, admitted if within(address, admitted) else ()))
    place = Place(address)
    return ZipSource(RemoteRanges(place)) if address.is_archive else RemoteSource(place)


def source_opener(settings: Settings) -> Callable[[str], PhotoSource]:
    """Opens what `open_source` does, and the channels and archives of the settings' Slack."""
    in_slack = lru_cache(maxsize=16)(partial(_in_slack, settings))

    def opened(address: str) -> PhotoSource:
        return in_slack(address) if is_slack(address) else open_source(address, settings.photo_urls)

    return opened


def _in_slack(settings: Settings, uri: str) -> PhotoSource:
    """Kept, because it remembers where the files are."""
    # Imported here: who indexes no Slack needs none of it.
    from bot.slack import channel_source, uploaded_archive
    from bot.slack.client import make_client
    from bot.slack.downloads import Downloader

    address = parse_slack(uri)
    if settings.slack_bot_token is None:
        raise SourceUnfit("The photos are in Slack: set SLACK_BOT_TOKEN to read them.")
    client = make_client(settings, patient=True)
    limit = uploaded_archive.MOST_BYTES if address.is_file else channel_source.MOST_BYTES
    downloads = Downloader(settings.slack_api_url, client.token, most_bytes=limit)
    if address.is_file:
        folder = settings.data_dir / uploaded_archive.UPLOADS
        return FetchedZip(uploaded_archive.UploadedArchive(client, downloads, address, folder))
    return channel_source.ChannelSource(client, downloads, address)


def recognizers(settings: Settings) -> Recognizers:
    """The registry of recognizers; no weights are loaded yet.

    Raises UnknownRecognizer, WeightsUnavailable.
    """
    paths = ModelPaths(
        clip=settings.clip_model,
        sface_detector=settings.sface_detector,
        sface_model=settings.sface_model,
        own=settings.onnx_recognizer,
    )
    return Recognizers(settings.data_dir / "models", default=settings.recognizer, paths=paths)


def keeper(settings: Settings) -> Keeper:
    """What keeps previews, and the photos of sources that may vanish. Raises SourceUnreachable for a
    FINDME_PHOTO_STORE that cannot be one."""
    return Keeper(_photo_store(settings), is_fleeting, partial(_drop_copy, settings))


def _photo_store(settings: Settings) -> PhotoStore:
    place = settings.photo_store
    if place is None:
        return FolderStore(settings.data_dir / "photos")
    if not is_url(place):
        return FolderStore(Path(place).expanduser())
    address = parse_address(place)
    if address.is_web:
        raise SourceUnreachable(
            "FINDME_PHOTO_STORE is a web address, where nothing can be kept. Name a folder, or a bucket "
            "such as s3://bucket/findme."
        )
    return RemoteStore(Place(address))


def is_fleeting(uri: str) -> bool:
    """May the photos vanish from there? Folders and buckets are their owner's to keep; archives come and go.

    What is no folder just now counts as an archive: one that has been deleted shows no longer what it was.
    """
    if is_slack(uri):
        return True
    return parse_address(uri).is_archive if is_url(uri) else not os.path.isdir(uri)  # noqa: PTH112  (Path's raises)


def _drop_copy(settings: Settings, uri: str) -> None:
    """Removes the copy of an uploaded archive from this machine."""
    if is_slack(uri) and (address := parse_slack(uri)).is_file:
        from bot.slack.uploaded_archive import UPLOADS, copy_of

        copy_of(address, settings.data_dir / UPLOADS).unlink(missing_ok=True)


@contextmanager
def open_store(settings: Settings) -> Iterator[Store]:
    """The database of the settings, migrated: DATABASE_URL, or the embedded one."""
    with ExitStack() as stack:
        url = settings.database_url
        if url is None:
            server = embedded_url(settings.data_dir / "postgres")
            stack.callback(server.close)
            url = server.url
        store = Store.open(url)
        stack.callback(store.close)
        yield store


@contextmanager
def open_finder(settings: Settings) -> Iterator[PhotoFinder]:
    """A finder on the database of the settings; closed on leaving."""
    with open_finder_and_queue(settings) as (finder, _):
        yield finder


@contextmanager
def open_finder_and_queue(settings: Settings) -> Iterator[tuple[PhotoFinder, IndexQueue]]:
    """The same, with the queue of indexing runs in the same database."""
    registry = recognizers(settings)
    with open_store(settings) as store:
        yield (
            PhotoFinder(store, registry, source_opener(settings), keeper=keeper(settings)),
            IndexQueue(store),
        )
