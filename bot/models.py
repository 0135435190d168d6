"""`findme models`: which model files there are, under which licence, and fetching them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import console
from bot.settings import Settings
from pipeline import fetching, model_files
from pipeline.errors import FindMeError
from pipeline.model_files import ModelFile


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model file, and whether it is here."""

    file: ModelFile
    path: Path
    present: bool


def listed(settings: Settings) -> list[ListedModel]:
    """Every model file that can be fetched."""
    folder = models_folder(settings)
    return [
        ListedModel(file, folder / file.name, fetching.is_present(file, folder)) for file in model_files.KNOWN
    ]


def models_folder(settings: Settings) -> Path:
    """Where models are built and fetched to."""
    return settings.data_dir / "models"


def fetch(settings: Settings, name: str, agree: Callable[[str], bool]) -> list[Path]:
    """Fetches a recognizer's files, when `agree` says yes to their licences; where they are now.

    Raises FindMeError.
    """
    wanted = [file for file in model_files.KNOWN if name in (file.recognizer, file.name)]
    if not wanted:
        names = sorted({file.recognizer for file in model_files.KNOWN})
        raise FindMeError(f"There is no model named {name} to fetch; there are: {', '.join(names)}.")
    folder = models_folder(settings)
    console.note(licences(wanted))
    if not agree("Fetch them under these licences?"):
        raise FindMeError("Nothing was fetched: the licences were not accepted.")
    for file in wanted:
        with console.counting_progress(file.name) as progress:
            fetched = fetching.fetch(file, folder, progress)
        console.note(f"{file.name}: {'fetched and checked' if fetched else 'was there already'}.")
    return [folder / file.name for file in wanted]


def licences(files: Sequence[ModelFile]) -> str:
    """What is fetched, from where, under which licence."""
    return "\n".join(
        f"{file.name}, {megabytes(file)}, {file.purpose}\n  licence: {file.licence}, {file.licence_page}\n"
        f"  from: {file.url}\n  SHA-256: {file.sha256}"
        for file in files
    )


def megabytes(file: ModelFile) -> str:
    """Its size, for people."""
    return f"{file.size / 1e6:.1f} MB"
