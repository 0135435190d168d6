"""`make bench`: every measurement that this machine has the photos for."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks import detection, path
from bot.settings import load_settings


def main() -> None:
    """Runs them one after the other."""
    path.run(load_settings().data_dir / "models")
    photos = Path(os.environ.get("FINDME_TEST_PHOTOS") or "../shared/photos")
    if (photos / "groups").is_dir():
        detection.main(photos)
    else:
        print(f"Detection was not measured: no labelled photos at {photos}; see CONTRIBUTING.md.")


if __name__ == "__main__":
    main()
