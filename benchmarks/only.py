"""A registry of recognizers that knows but one."""

from __future__ import annotations

from pipeline.recognizers import Recognizer


class Only:
    """As pipeline.registry.Recognizers, whatever is asked for."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._one = recognizer
        self.default = recognizer.name

    def get(self, _name: str | None = None) -> Recognizer:
        """The one."""
        return self._one

    for_space = that_embedded = get

    def canonical(self, name: str | None) -> str | None:
        """The name as it is."""
        return name
