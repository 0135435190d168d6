"""The file that marks a photo store, in its root."""

from __future__ import annotations

from pipeline.sources.rubbish import STORE_MARK

NAME = STORE_MARK
TEXT = (
    b"FindMe keeps copies of indexed photos here. A folder with this file in it is left out wherever photos\n"
    b"are indexed, with all that is below.\n"
)
