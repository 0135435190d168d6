"""`make bench`: every measurement that this machine has the photos for."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks import comparison, detection, search
from bot.settings import load_settings


def main() -> None:
    """Runs them one after the other."""
    models = load_settings().data_dir / "models"
    search.run(search.SIZES, models)
    photos = Path(os.environ.get("FINDME_TEST_PHOTOS") or "../shared/photos")
    if (photos / "groups").is_dir():
        comparison.run(photos, models)
        detection.main(photos)
    else:
        print(f"Nothing was measured: no labelled photos at {photos}; see CONTRIBUTING.md.")


if __name__ == "__main__":
    main()
