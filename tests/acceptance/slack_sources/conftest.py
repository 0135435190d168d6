"""The bot that reads channels and uploaded archives, in a workspace where Grace is red and Eileen green."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.playground import BOT_TOKEN, Playground
from bot.settings import Settings
from bot.wiring import keeper, source_opener
from pipeline.finder import PhotoFinder
from pipeline.store import Store
from tests.acceptance.world import World, world
from tests.fakes.recognizer import GREEN, RED, FakeRecognizers, picture


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground(share_seconds=0) as slack:
        yield slack


@pytest.fixture
def settings(slack: Playground, tmp_path: Path) -> Settings:
    values = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": slack.api_url, "FINDME_DATA_DIR": tmp_path}
    return Settings(_env_file=None, **values)


@pytest.fixture
def finder(store: Store, settings: Settings) -> PhotoFinder:
    """A finder as `findme serve` has it, with a photo store."""
    return PhotoFinder(store, FakeRecognizers(), source_opener(settings), workers=2, keeper=keeper(settings))


@pytest.fixture
def findme(
    finder: PhotoFinder, slack: Playground, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """The bot; it takes coloured squares for faces."""
    monkeypatch.setattr("bot.following.AGAIN_SECONDS", 0.2)
    data = str(settings.data_dir)
    with world(finder, slack, open_source=source_opener(settings), FINDME_DATA_DIR=data) as place:
        slack.set_avatar(place.grace, picture(RED, seed=100))
        slack.set_avatar(place.eileen, picture(GREEN, seed=101))
        yield place
