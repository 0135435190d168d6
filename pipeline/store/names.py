"""Names of events, as they are compared."""

from __future__ import annotations

import unicodedata


def folded(slug: str) -> str:
    """The name in one form, in any case of letters; accents apart, as macOS writes them, count as joined."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", slug).casefold())
