"""A plain pipeline: one look, one vector a face, and no more than the nearest neighbours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline.calibration import Quality
from pipeline.recognizers import Recognizer


def plain_pipeline(recognizer: Recognizer, models: Path) -> Recognizer:
    """What a plain pipeline does with the same weights."""
    from pipeline.detectors.centerface import CenterFace
    from pipeline.embedders.dlib_resnet import DlibResNet

    return replace(
        recognizer,
        name="plain",
        detector=replace(CenterFace.load(models), long_sides=(1280,)),
        embedder=DlibResNet(models),
        closer_looks=(),
        calibration=replace(recognizer.calibration, quality=Quality(), gain=0.0, expands=False),
    )
