"""A plain pipeline: one look, one vector a face, and no more than the nearest neighbours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline.calibration import Quality
from pipeline.recognizers import Recognizer
from pipeline.registry import PROBE_FLOOR, PROBE_SIDES


def plain_pipeline(recognizer: Recognizer, models: Path) -> Recognizer:
    """What a plain pipeline does with the same weights; avatars get a second look, in floating point."""
    from pipeline.detectors.centerface import CenterFace
    from pipeline.detectors.second_look import SecondLook
    from pipeline.embedders.dlib_resnet import DlibResNet

    exact = CenterFace.load(models)
    return replace(
        recognizer,
        name="plain",
        detector=replace(exact, long_sides=(1280,)),
        probe_detector=SecondLook(replace(exact, long_sides=PROBE_SIDES, score_floor=PROBE_FLOOR), exact),
        embedder=DlibResNet(models),
        probe_embedder=None,
        closer_looks=(),
        calibration=replace(recognizer.calibration, quality=Quality(), gain=0.0, expands=False),
    )
