"""Builds the Bolt app and registers what it listens to."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from slack_bolt import App, BoltResponse
from slack_bolt.error import BoltError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from bot import words
from bot.background import Background
from bot.errors import SlackUnreachable, TokenRefused
from bot.following import Follower
from bot.indexer import Indexer, LocalIndexer
from bot.listeners import (
    archives,
    channel_photos,
    commands,
    index_event,
    lifecycle,
    mentions,
    similar,
)
from bot.listeners.duplicates import Duplicates
from bot.organiser import IndexRules, Organiser
from bot.policy import check_settings
from bot.reach import Reach, guarded
from bot.replies.progress import ProgressMessage
from bot.replies.threads import Messenger
from bot.replies.uploads import Uploader
from bot.search import PersonSearch, Rules
from bot.settings import Settings
from bot.similar import SimilarShots
from bot.slack.addresses import parse_slack
from bot.slack.brief import FORESEEN, brief
from bot.slack.channel_source import MOST_BYTES as MOST_PHOTO_BYTES
from bot.slack.channel_source import ChannelSource
from bot.slack.channels import Channels
from bot.slack.choices import Choices
from bot.slack.client import error_code, is_outage, make_client
from bot.slack.downloads import Downloader
from bot.slack.files import Photos
from bot.slack.forms import Forms
from bot.slack.people import People
from bot.slack.signatures import verifier
from pipeline.finder import PhotoFinder
from pipeline.ports import PhotoSource

log = logging.getLogger(__name__)

ACKNOWLEDGING_THREADS = 10  # they only acknowledge and hand on
# Bolt reads these by itself: the first two would switch it to OAuth and drop the token, the others it is
# given.
BOLTS_OWN_VARIABLES = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET")


@dataclass(frozen=True, slots=True)
class Bot:
    """The running parts of the bot."""

    app: App
    background: Background
    indexer: Indexer
    follower: Follower
    signatures: SignatureVerifier | None  # None without a secret: Socket Mode needs none, HTTP does
    check_database: Callable[[], object]  # raises a FindMeError when the database does not answer

    @property
    def idle(self) -> bool:
        """Has it answered everybody?"""
        return self.background.idle

    def close(self) -> None:
        """Finishes the searches that run, and stops indexing where it can go on later."""
        self.follower.close()
        self.indexer.close()
        self.background.close()


def build_app(
    settings: Settings,
    finder: PhotoFinder,
    *,
    open_source: Callable[[str], PhotoSource],
    indexer: Indexer | None = None,
    check_database: Callable[[], object] | None = None,
) -> Bot:
    """The bot on these settings. Asks Slack once whether it takes the token.

    open_source: turns a folder's path into a PhotoSource. indexer: None indexes inside this process.
    Raises SettingsRefused, TokenRefused, SlackUnreachable.
    """
    check_settings(settings)
    client = make_client(settings)
    app = _bolt_app(settings, client)
    own_indexer = indexer or LocalIndexer(finder, guarded(open_source, Reach.of(settings)))
    background = Background(lengthy=Background(), prompt=Background())
    follower = Follower(finder, _channels(settings))
    channel_photos.register(app, follower)
    _register(app, settings, finder, client, background, own_indexer)
    return Bot(
        app,
        background,
        own_indexer,
        follower,
        verifier(settings.slack_signing_secret),
        check_database or finder.ping,
    )


def _channels(settings: Settings) -> Callable[[str], ChannelSource]:
    """Opens channels as sources: with a client that waits as long as Slack asks, since no person does."""
    client = make_client(settings, patient=True)
    downloads = Downloader(settings.slack_api_url, client.token, most_bytes=MOST_PHOTO_BYTES)
    return lambda uri: ChannelSource(client, downloads, parse_slack(uri))


def _register(
    app: App,
    settings: Settings,
    finder: PhotoFinder,
    client: WebClient,
    background: Background,
    indexer: Indexer,
) -> None:
    people, channels = People(client), Channels(client)
    messenger = Messenger(client, Uploader(client))
    downloads = Downloader(settings.slack_api_url, client.token)
    search = PersonSearch(
        finder,
        Rules(settings.lookup, settings.results),
        people,
        channels,
        downloads,
        Photos(client, downloads),
        messenger,
    )
    choices = Choices(client, channels)
    rules = IndexRules(settings.admins, Reach.of(settings), people.is_workspace_admin, channels.has_member)
    organiser = Organiser(finder, indexer, rules, choices, messenger)
    app.use(Duplicates().once)
    commands.register(app, search, background, messenger)
    index_event.register(app, organiser, background, messenger, Forms(client))
    indexer.resume(lambda key, address: ProgressMessage.resumed(messenger, key, address))
    archives.register(app, organiser, background, messenger)
    mentions.register(app, search, background, messenger, client)
    similar.register(app, SimilarShots(finder, search, messenger), background, messenger)
    lifecycle.register(app)
    app.error(handle_error)


def handle_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """The last stop of errors in acknowledging: the log says why, and a command's person is told."""
    what = body.get("command") or body.get("type")
    if isinstance(error, FORESEEN):
        log.error("a %s could not be handled: %s", what, brief(error))
    else:
        log.error("a %s could not be handled", what, exc_info=error)
    if body.get("command"):
        return BoltResponse(status=200, body={"response_type": "ephemeral", "text": words.BROKEN})
    return BoltResponse(status=500, body="")


def _bolt_app(settings: Settings, client: WebClient) -> App:
    secret = settings.slack_signing_secret
    try:
        with _without(*BOLTS_OWN_VARIABLES):
            return App(
                name="findme",
                client=client,
                signing_secret=secret.get_secret_value() if secret else "",
                listener_executor=ThreadPoolExecutor(ACKNOWLEDGING_THREADS, thread_name_prefix="bolt"),
            )
    except BoltError as error:
        cause = error.__context__
        code = error_code(cause) if isinstance(cause, SlackApiError) else ""
        if isinstance(cause, SlackApiError) and (is_outage(cause) or code == "ratelimited"):
            raise SlackUnreachable(_unreachable(settings, code)) from error
        raise TokenRefused(
            f"Slack does not accept SLACK_BOT_TOKEN ({code or 'no reason given'}). Copy the Bot User OAuth "
            "Token "
            "(xoxb-...) from OAuth & Permissions; after changing scopes, reinstall the app first."
        ) from error
    except (OSError, HTTPException, ValueError) as error:  # ValueError: an address that is none
        raise SlackUnreachable(_unreachable(settings, type(error).__name__)) from error


def _unreachable(settings: Settings, reason: str) -> str:
    return (
        f"Slack cannot be reached at {settings.slack_api_url} ({words.clip(reason, 80)}). Check the "
        "network, the "
        "proxy and SLACK_API_URL, and start again."
    )


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """Hides variables of the environment for as long as it lasts."""
    hidden = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)
