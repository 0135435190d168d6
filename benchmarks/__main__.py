"""`make bench`: every measurement that this machine has the photos for."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks import detection, path, search
from bot.settings import load_settings


def main() -> None:
    """Runs them one after the other."""
    models = load_settings().data_dir / "models"
    path.run(models)
    search.run(search.SIZES, models)
    photos = Path(os.environ.get("FINDME_TEST_PHOTOS") or "../shared/photos")
    if (photos / "groups").is_dir():
        detection.main(photos)
    else:
        print(f"Detection was not measured: no labelled photos at {photos}; see CONTRIBUTING.md.")


if __name__ == "__main__":
    main()
