"""Every setting, read once from the environment or `.env`."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict

from pipeline.errors import FindMeError, SourceUnreachable
from pipeline.sources.address import parse_address

PREFIX = "FINDME_"
OURS = ("FINDME_DEBUG", "FINDME_TEST_PHOTOS", "FINDME_TEST_MODELS")  # read elsewhere


class SettingsError(FindMeError):
    """A setting has a value that cannot be used."""


class Lookup(StrEnum):
    """Who may look for whom."""

    EVERYONE = "everyone"
    SELF = "self"
    CONSENT = "consent"


class Settings(BaseSettings):
    """The contract's settings. Field descriptions are the help lines of `.env.example`."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        env_ignore_empty=True,
        populate_by_name=True,
    )

    slack_bot_token: SecretStr | None = Field(
        None, alias="SLACK_BOT_TOKEN", description="Bot token (xoxb-...), from OAuth & Permissions."
    )
    slack_app_token: SecretStr | None = Field(
        None, alias="SLACK_APP_TOKEN", description="App-level token (xapp-...) for Socket Mode."
    )
    slack_signing_secret: SecretStr | None = Field(
        None, alias="SLACK_SIGNING_SECRET", description="Signing secret, needed for HTTP only."
    )
    slack_api_url: str = Field(
        "https://slack.com/api/", alias="SLACK_API_URL", description="Where the Slack Web API is."
    )
    database_url: str | None = Field(
        None,
        alias="DATABASE_URL",
        description="PostgreSQL with pgvector; empty: an embedded one in the data folder.",
    )
    data_dir: Path = Field(
        Path(".findme"), alias="FINDME_DATA_DIR", description="Folder for the embedded database and caches."
    )
    photo_store: str | None = Field(
        None,
        alias="FINDME_PHOTO_STORE",
        description="Where previews are kept, and photos of sources that may vanish: a folder, or a URL "
        "(s3://, gs://, sftp://); empty: in the data folder.",
    )
    photo_roots: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), alias="FINDME_PHOTO_ROOTS", description="Folders that /index-event may read, separated by ':'."
    )
    photo_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        alias="FINDME_PHOTO_URLS",
        description="Beginnings of addresses that /index-event may read, separated by blanks.",
    )
    admins: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(),
        alias="FINDME_ADMINS",
        description="User ids that may index besides workspace admins, separated by ','.",
    )
    lookup: Lookup = Field(
        Lookup.EVERYONE,
        alias="FINDME_LOOKUP",
        description="Who may be looked for: everyone | self | consent.",
    )
    recognizer: str = Field(
        "dlib",
        alias="FINDME_RECOGNIZER",
        description="Recognizer for new events: dlib | clip | sface | onnx.",
    )
    results: int = Field(10, alias="FINDME_RESULTS", ge=1, le=50, description="Images per reply.")
    retention_days: int | None = Field(
        None,
        alias="FINDME_RETENTION_DAYS",
        ge=1,
        le=36_500,
        description="Erase an event this many days after its last indexing; empty: keep.",
    )
    clip_model: Path | None = Field(
        None,
        alias="FINDME_CLIP_MODEL",
        description="ONNX file of the clip recognizer's weights, for offline use.",
    )
    sface_detector: Path | None = Field(
        None,
        alias="FINDME_SFACE_DETECTOR",
        description="opencv_zoo's face_detection_yunet_2023mar.onnx, where it is not in the data folder.",
    )
    sface_model: Path | None = Field(
        None,
        alias="FINDME_SFACE_MODEL",
        description="opencv_zoo's face_recognition_sface_2021dec.onnx, where it is not in the data folder.",
    )
    onnx_recognizer: Path | None = Field(
        None,
        alias="FINDME_ONNX_RECOGNIZER",
        description="TOML file that describes a face model of your own, for the recognizer onnx.",
    )

    @classmethod
    def names(cls) -> list[str]:
        """The names of all settings, in the order of `.env.example`."""
        return [str(field.alias) for field in cls.model_fields.values()]

    @field_validator("slack_api_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("a web address that starts with https:// is needed")
        return value if value.endswith("/") else value + "/"

    @field_validator("photo_roots", mode="before")
    @classmethod
    def _split_roots(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(Path(part).expanduser() for part in value.split(os.pathsep) if part)
        return value

    @field_validator("photo_urls", mode="before")
    @classmethod
    def _split_urls(cls, value: object) -> object:
        return tuple(value.split()) if isinstance(value, str) else value

    @field_validator("photo_urls")
    @classmethod
    def _photo_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            try:
                parse_address(address)
            except SourceUnreachable as error:
                raise ValueError(str(error)) from None
        return value

    @field_validator("data_dir", "clip_model", "sface_detector", "sface_model", "onnx_recognizer")
    @classmethod
    def _home(cls, value: Path | None) -> Path | None:
        return value.expanduser() if value else value

    @field_validator("admins", mode="before")
    @classmethod
    def _split_admins(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(value.replace(",", " ").split())
        return value


def load_settings(env_file: Path | None = None) -> Settings:
    """The settings of the environment and of `env_file` (default `.env`). Raises SettingsError."""
    try:
        return Settings(_env_file=env_file) if env_file else Settings()  # type: ignore[call-arg]  # pydantic's own
    except ValidationError as error:
        first = error.errors()[0]
        name = first["loc"][0] if first["loc"] else "a setting"
        what = "a whole number is needed" if first["type"] == "int_parsing" else first["msg"]
        raise SettingsError(
            f"{name} = {first['input']!r} cannot be used: {what}. See .env.example for what it takes."
        ) from None


def unknown_settings() -> list[str]:
    """Names in the environment and in `.env` that begin as FindMe's do, and are none: misspelt, perhaps."""
    given = {name.upper() for name in (*os.environ, *DotEnvSettingsSource(Settings).env_vars)}
    return sorted(name for name in given.difference(Settings.names(), OURS) if name.startswith(PREFIX))
