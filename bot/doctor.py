"""`findme doctor`: one check beside each part that FindMe depends on."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import words
from bot.policy import check_lookup
from bot.scopes import SCOPES
from bot.settings import Settings, load_settings, unknown_settings
from bot.slack.client import SILENCE, error_code, is_outage
from bot.wiring import keeper, open_finder_and_queue, open_store, recognizers
from pipeline.errors import FindMeError
from pipeline.store.vector_index import DUE_FROM, SpaceIndex

log = logging.getLogger(__name__)

SLACK_TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Check:
    """One part: what, state, remedy."""

    name: str
    ok: bool
    detail: str
    remedy: str | None = None  # what to do, where it is not ok


def examine() -> list[Check]:
    """Every part, in the order in which they are needed. Never raises for a part that is ill."""
    try:
        settings = load_settings()
    except FindMeError as error:
        return [Check("settings", False, str(error), "Mend it in the environment or in .env.")]
    return [
        _settings(settings),
        _data_folder(settings),
        *_guarded("database", _database_remedy(settings), settings, _database),
        *_guarded(
            "photo store",
            "Mend what it says, or set FINDME_PHOTO_STORE to another place.",
            settings,
            _photo_store,
        ),
        *_guarded(
            "weights", "See what it says; `make install` installs the weights again.", settings, _weights
        ),
        *_slack(settings),
        *_guarded("queue", "Mend the database first.", settings, _queue),
    ]


def _guarded(
    name: str, remedy: str, settings: Settings, look: Callable[[Settings], Iterator[Check]]
) -> list[Check]:
    try:
        return list(look(settings))
    except FindMeError as error:
        return [Check(name, False, str(error), remedy)]
    except Exception as error:
        log.exception("the check of the %s failed", name)
        return [Check(name, False, f"looking at it failed ({type(error).__name__})", remedy)]


def _settings(settings: Settings) -> Check:
    try:
        check_lookup(settings)
    except FindMeError as error:
        return Check("settings", False, str(error), "Mend it in the environment or in .env.")
    missing = [str(root) for root in settings.photo_roots if not root.is_dir()]
    if missing:
        return Check(
            "settings",
            False,
            f"FINDME_PHOTO_ROOTS names folders that are not there: {', '.join(missing)}",
            "Create them, or mend the setting.",
        )
    said = ["read"]
    if not settings.photo_roots:
        said.append("FINDME_PHOTO_ROOTS is empty, so /index-event may read no folder")
    if unknown := unknown_settings():
        said.append(
            f"there is no setting {', '.join(unknown)}: it is ignored, see .env.example for the names"
        )
    return Check("settings", True, "; ".join(said))


def _data_folder(settings: Settings) -> Check:
    folder = settings.data_dir.resolve()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Check("data folder", True, str(folder))
    return Check(
        "data folder", False, f"{folder} cannot be written", "Set FINDME_DATA_DIR to another folder."
    )


def _database_remedy(settings: Settings) -> str:
    if settings.database_url:
        return "Start that PostgreSQL, mend DATABASE_URL, or leave it empty for the embedded one."
    return "Mend what it says, or set DATABASE_URL to a PostgreSQL of your own."


def _database(settings: Settings) -> Iterator[Check]:
    with open_store(settings) as store:
        where = "DATABASE_URL" if settings.database_url else "embedded"
        postgresql, pgvector = store.versions()
        yield Check("database", True, f"{where}, PostgreSQL {postgresql}")
        yield Check("extension", True, f"pgvector {pgvector}")
        yield Check("vector index", True, _indexes(store.vector_indexes()))


def _indexes(indexes: Sequence[SpaceIndex]) -> str:
    """What there is for searches over very many faces; its lack makes them slow, never wrong."""
    said = [
        f"{index.space}: there, {index.size / 2**20:.0f} MiB over {index.faces} faces"
        if index.ready
        else f"{index.space}: due for {index.faces} faces, `findme serve` makes it within the hour"
        for index in indexes
        if index.ready or index.due
    ]
    return "; ".join(said) or f"not needed below {DUE_FROM} faces"


def _photo_store(settings: Settings) -> Iterator[Check]:
    photos = keeper(settings).store
    name = f"doctor-{uuid4().hex}"
    photos.put(f"{name}/photo", b"x")
    files = photos.erase(name)
    where = settings.photo_store or "in the data folder"
    yield Check("photo store", files == 1, f"{where}, can be written")


def _weights(settings: Settings) -> Iterator[Check]:
    recognizer = recognizers(settings).get()
    yield Check("weights", True, f"{recognizer.space}, {recognizer.dimensions} numbers a face")


def _queue(settings: Settings) -> Iterator[Check]:
    with open_finder_and_queue(settings) as (_, queue):
        state = queue.state()
    detail = (
        f"jobs: {state.waiting} waiting, {state.running} running, {state.stalled} stalled; "
        f"worker processes alive: {state.workers}"
    )
    if state.workers == 0 and state.waiting + state.stalled > 0:
        remedy = "Nobody does the jobs: start `findme worker`, or `findme serve` without --no-worker."
        yield Check("queue", False, detail, remedy)
    else:
        yield Check("queue", True, detail)


def _slack(settings: Settings) -> list[Check]:
    if settings.slack_bot_token is None:
        return _without_token(
            "SLACK_BOT_TOKEN is not set",
            "Create the app from manifest.yml, install it, and put its bot token into .env.",
        )
    client = WebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        timeout=SLACK_TIMEOUT_SECONDS,
    )
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        if is_outage(error):  # it says nothing about the token
            return _unreachable(settings, error_code(error) or type(error).__name__)
        return _without_token(
            f"Slack refused it: {error_code(error)}", "Copy the bot token again from OAuth & Permissions."
        )
    except (SlackClientError, *SILENCE) as error:
        return _unreachable(settings, type(error).__name__)
    who = f"{answer.get('user', 'the bot')} in {answer.get('team', 'the workspace')}"
    return [Check("Slack token", True, who), _way_in(settings), _granted(answer.headers)]


def _unreachable(settings: Settings, reason: str) -> list[Check]:
    return _without_token(
        f"Slack cannot be reached at {settings.slack_api_url} ({words.clip(reason, 80)})",
        "Check the network, the proxy and SLACK_API_URL.",
    )


def _without_token(detail: str, remedy: str) -> list[Check]:
    """What is said of Slack where the token does not work, or nobody knows whether it does."""
    return [
        Check("Slack token", False, detail, remedy),
        Check("scopes", False, "not known until the token works", "Mend the Slack token first."),
    ]


def _way_in(settings: Settings) -> Check:
    if settings.slack_app_token:
        return Check("Slack delivery", True, "Socket Mode")
    if settings.slack_signing_secret:
        return Check("Slack delivery", True, "HTTP on /slack/events")
    return Check(
        "Slack delivery",
        False,
        "neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set",
        "Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.",
    )


def _granted(headers: dict[str, str]) -> Check:
    """Slack names the token's scopes in a header of every answer."""
    named = {name.lower(): value for name, value in headers.items()}.get("x-oauth-scopes")
    if named is None:
        return Check("scopes", True, "Slack did not say which scopes the token has")
    granted = {scope.strip() for scope in named.split(",")}
    missing = [f"{scope} ({why})" for scope, why in SCOPES.items() if scope not in granted]
    if missing:
        return Check(
            "scopes",
            False,
            f"missing: {'; '.join(missing)}",
            "Update the app from manifest.yml and reinstall it.",
        )
    return Check("scopes", True, f"all {len(SCOPES)} granted")
