"""Where the time of indexing goes: decoding, detection, embedding, the database, and what is left."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import psycopg

from pipeline import images
from pipeline.recognizers import Recognizer

PIPELINE = ("decode", "detect", "embed")
"""The stages that are the work itself; the others are what it costs to organise it."""


class Stages:
    """Seconds on the clock, by stage; for one thread."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its time added to a stage."""

        def measured(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds[stage] += time.perf_counter() - start

        return measured

    def recognizer(self, recognizer: Recognizer) -> Recognizer:
        """The same recognizer under watch; aligning belongs to embedding."""
        return replace(
            recognizer,
            detector=_Watched(recognizer.detector, "detect", self),
            aligner=self.timed("embed", recognizer.aligner),
            embedder=_Watched(recognizer.embedder, "embed", self),
            closer_looks=tuple(
                replace(look, detector=_Watched(look.detector, "detect", self))
                for look in recognizer.closer_looks
            ),
        )

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Also watches decoding, and every answer of the database that is waited for."""
        with (
            patch.object(images, "decode", self.timed("decode", images.decode)),
            patch.object(psycopg.Connection, "wait", self.timed("store", psycopg.Connection.wait)),
        ):
            yield

    def shares(self, total: float) -> dict[str, float]:
        """Each stage's share of so many seconds; `rest` is reading files, digests, previews and the like."""
        each = {stage: self.seconds[stage] / total for stage in (*PIPELINE, "store")}
        return each | {"rest": 1 - sum(each.values())}


@dataclass(frozen=True, slots=True)
class _Watched:
    """A detector or an embedder whose work is timed."""

    inner: Any
    stage: str
    stages: Stages

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        return self.stages.timed(self.stage, found) if name in ("detect", "embed") else found
