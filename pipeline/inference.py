"""ONNX Runtime sessions, all made the same way."""

from __future__ import annotations

import cv2
import onnxruntime


def cpu_session(model: bytes, *, threads: int = 1) -> onnxruntime.InferenceSession:
    """A session for an ONNX model, on the CPU. `run` may be called from several threads at once.

    The CPU provider is forced: what ONNX Runtime would choose by itself differs between machines, and with it
    the last digits of a vector. Photos are worked on side by side, one thread each, which is faster than
    several threads on one photo; OpenCV's own thread pool is therefore held to the same number. That is a
    setting of the whole process, so it is made here, when a recognizer is built, and not by importing a
    module.
    """
    cv2.setNumThreads(threads)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; warnings about a model's unused parts help nobody
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
