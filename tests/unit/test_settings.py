"""Settings: what is read, what is refused, and that `.env.example` names each of them."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from bot.settings import Lookup, Settings, SettingsError, load_settings, unknown_settings
from tests.conftest import PROJECT


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine reaches the tests."""
    for name in Settings.names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_env_example_names_exactly_the_settings() -> None:
    text = (PROJECT / ".env.example").read_text()
    assert re.findall(r"^([A-Z_]+)=", text, re.MULTILINE) == Settings.names()


def test_env_example_has_a_line_of_help_above_each_setting() -> None:
    lines = (PROJECT / ".env.example").read_text().splitlines()
    settings = [(above, line) for above, line in pairwise(lines) if re.match(r"[A-Z_]+=", line)]
    assert len(settings) == len(Settings.names())
    assert [line for above, line in settings if not above.startswith("# ")] == []


def test_readme_names_every_setting() -> None:
    readme = (PROJECT / "README.md").read_text()
    assert [name for name in Settings.names() if f"`{name}`" not in readme] == []


def test_env_example_itself_is_valid() -> None:
    settings = load_settings(PROJECT / ".env.example")
    assert settings.database_url is None
    assert settings.recognizer == "dlib"
    assert settings.retention_days is None


def test_defaults_need_no_environment() -> None:
    settings = load_settings()
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.lookup is Lookup.EVERYONE
    assert settings.results == 10
    assert settings.photo_roots == ()


def test_lists_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINDME_PHOTO_ROOTS", "/photos:/more photos")
    monkeypatch.setenv("FINDME_PHOTO_URLS", "s3://bucket/events https://example.com")
    monkeypatch.setenv("FINDME_ADMINS", "U1, W2")
    settings = load_settings()
    assert settings.photo_roots == (Path("/photos"), Path("/more photos"))
    assert settings.photo_urls == ("s3://bucket/events", "https://example.com")
    assert settings.admins == {"U1", "W2"}


def test_api_url_ends_with_a_slash_as_the_sdk_joins_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:8000/api")
    assert load_settings().slack_api_url == "http://127.0.0.1:8000/api/"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FINDME_RESULTS", "0"),
        ("FINDME_PHOTO_URLS", "example.com"),
        ("FINDME_RESULTS", "many"),
        ("FINDME_LOOKUP", "nobody"),
        ("FINDME_RETENTION_DAYS", "-3"),
        ("SLACK_API_URL", "slack.com"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=rf"{name}.*{re.escape(value)}.*\.env\.example"):
        load_settings()


def test_misspelt_settings_are_found_in_the_environment_and_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert unknown_settings() == []
    (tmp_path / ".env").write_text("FINDME_RESULTS=3\nFINDME_RESULT=4\nPATH_OF_MINE=5\n")
    monkeypatch.setenv("FINDME_RECGNIZER", "dlib")
    assert unknown_settings() == ["FINDME_RECGNIZER", "FINDME_RESULT"]


def test_secrets_do_not_show_in_a_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-very-secret")
    assert "very-secret" not in repr(load_settings())
