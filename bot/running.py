"""`findme serve`: the bot on its settings, with warm models, until it is asked to stop."""

from __future__ import annotations

import logging
from contextlib import nullcontext

from pydantic import SecretStr

from bot import console, serve
from bot.app import Bot, build_app
from bot.errors import SettingsRefused
from bot.housekeeping import Chore, every_hour, old_archives
from bot.policy import check_settings
from bot.queued import QueuedIndexer
from bot.settings import Settings
from bot.wiring import open_finder_and_queue, source_opener
from bot.working import own_workers
from pipeline.errors import FindMeError
from pipeline.finder import PhotoFinder

log = logging.getLogger(__name__)

DEFAULT_PORT = 3000


def serve_bot(settings: Settings, port: int | None, host: str, *, worker: bool = True) -> None:
    """Runs until SIGTERM or Ctrl-C. `port` None: Socket Mode if there is an app token, else HTTP.

    `worker`: does the jobs of `/index-event`, too, in processes of their own.

    Raises SettingsRefused, TokenRefused, SlackUnreachable, ServerFailed, and what opening a finder raises.
    """
    check_settings(settings)
    socket_token = settings.slack_app_token if port is None else None
    if socket_token is None and settings.slack_signing_secret is None:
        raise SettingsRefused(
            "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set: "
            "set one of them in .env."
        )
    with (
        open_finder_and_queue(settings) as (finder, queue),
        every_hour(_chores(settings, finder)),
    ):
        _warm(finder)
        indexer = QueuedIndexer(queue)
        try:
            bot = build_app(settings, finder, open_source=source_opener(settings), indexer=indexer)
        except BaseException:
            indexer.close()  # it follows runs already, and would miss the database
            raise
        bot.follower.catch_up()
        with own_workers() if worker else nullcontext():
            _serve(bot, socket_token, port, host)


def _warm(finder: PhotoFinder) -> None:
    """Loads the default recognizer, and those of the events that there are, before somebody waits for them.

    Without the default one there is no bot; without another, its events say so when they are searched.
    Raises WeightsUnavailable.
    """
    finder.recognizers.warm()
    for name in sorted({event.recognizer for event in finder.events()}):
        try:
            finder.recognizers.that_embedded(name)
        except FindMeError as error:
            log.warning("the events of %s cannot be searched: %s", name, error)


def _serve(bot: Bot, socket_token: SecretStr | None, port: int | None, host: str) -> None:
    if socket_token is not None:
        serve.serve_socket(bot, socket_token.get_secret_value(), _announce)
    else:
        serve.serve_http(bot, DEFAULT_PORT if port is None else port, host, _announce)


def _announce(where: str) -> None:
    console.note(f"FindMe is listening: {where}. Ctrl-C stops it.")


def _chores(settings: Settings, finder: PhotoFinder) -> list[Chore]:
    """Erases events past their time and what is left of erased ones, and makes the indexes that pay."""
    days = settings.retention_days
    expiry = Chore("events past their time could not be erased", lambda _: _erase_expired(finder, days))
    return [
        expiry,
        Chore("what belongs to erased events could not be erased", lambda _: finder.carry_out_erasures()),
        old_archives(settings),
        Chore("no index could be made", finder.make_due_indexes),
    ]


def _erase_expired(finder: PhotoFinder, days: int | None) -> None:
    for slug in () if days is None else finder.forget_expired(days):
        log.warning("erased event %s: it was last indexed over %d days ago", slug, days)
