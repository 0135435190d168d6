"""`make bench`: every measurement that this machine has the photos for. Takes a quarter of an hour.

Each is a module of its own, to be run alone with other sizes; `accuracy`, `latency` and `memory`, which take
as long as all of these, are run by themselves only.
"""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks import comparison, detection, search, workers
from bot.settings import load_settings

FACES = (*search.SIZES, 1_000_000)


def main() -> None:
    """Runs them one after the other."""
    models = load_settings().data_dir / "models"
    photos = Path(os.environ.get("FINDME_TEST_PHOTOS") or "../shared/photos")
    if (photos / "groups").is_dir():
        comparison.run(photos, models)
        detection.main(photos)
    else:
        print(f"Photos were not measured: no labelled ones at {photos}; see CONTRIBUTING.md.")
    search.run(FACES, models)
    workers.run(workers.PHOTOS, models)


if __name__ == "__main__":
    main()
