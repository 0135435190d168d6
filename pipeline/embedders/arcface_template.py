"""Where ArcFace and the models after it expect the five landmarks."""

from __future__ import annotations

import numpy as np

from pipeline.geometry import FloatArray

SIZE = 112
"""Side of the chips, in pixels."""

TEMPLATE: FloatArray = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    np.float64,
)
"""Left eye, right eye, nose, left and right mouth corner (x, y) in such a chip.

InsightFace's, which OpenCV's FaceRecognizerSF.alignCrop uses as well.
"""
