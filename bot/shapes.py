"""The objects that `--json` prints, one function each: the contract with scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bot.doctor import Check
from pipeline.types import Event, Forgotten, IndexReport, Match, Probe

Json = dict[str, Any]


def index_json(report: IndexReport) -> Json:
    """`findme index`: `photos` and `faces` are what the event now holds."""
    return {
        "event": report.event,
        "photos": report.photos,
        "faces": report.faces,
        "added": report.added,
        "skipped": report.skipped,
        "failed": [asdict(failure) for failure in report.failed],
        "seconds": round(report.seconds, 3),
    }


def find_json(probe: Probe | None, recognizer: str, threshold: float, matches: Sequence[Match]) -> Json:
    """`findme find`: without a face in the photo `faces` is 0 and `box` is null."""
    return {
        "probe": {
            "faces": probe.faces if probe else 0,
            "box": probe.face.box.rounded() if probe else None,
        },
        "recognizer": recognizer,
        "threshold": threshold,
        "matches": [_match_json(match) for match in matches],
    }


def _match_json(match: Match) -> Json:
    return {
        "event": match.event,
        "photo": match.photo,
        "distance": round(match.distance, 6),
        "confidence": round(match.confidence, 4),
        "strength": str(match.strength),
        "box": match.box.rounded(),
    }


def events_json(events: Sequence[Event]) -> Json:
    """`findme events`, newest first; `state` is complete, running or interrupted."""
    return {
        "events": [
            {
                "event": event.key.slug,
                "photos": event.photos,
                "faces": event.faces,
                "recognizer": event.recognizer,
                "source": event.source,
                "indexed_at": event.indexed_at.isoformat(),
                "state": str(event.state),
            }
            for event in events
        ]
    }


def forgotten_json(forgotten: Forgotten) -> Json:
    """`findme forget`: rows that went."""
    return {"photos": forgotten.photos, "faces": forgotten.faces, "references": forgotten.references}


def doctor_json(checks: Sequence[Check]) -> Json:
    """`findme doctor`: `ok` when every part is."""
    return {"ok": all(check.ok for check in checks), "checks": [asdict(check) for check in checks]}
