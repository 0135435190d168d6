"""The model files that `findme models fetch` knows: where they are, what they must be, what they may be used
for."""

from __future__ import annotations

from dataclasses import dataclass

_ZOO = "47534e27c9851bb1128ccc0102f1145e27f23f98"  # the commit of opencv/opencv_zoo that is fetched from
_MEDIA = f"https://media.githubusercontent.com/media/opencv/opencv_zoo/{_ZOO}/models"
_PAGES = f"https://github.com/opencv/opencv_zoo/tree/{_ZOO}/models"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file."""

    recognizer: str  # which needs it
    name: str  # of the file
    purpose: str
    url: str
    sha256: str  # of its bytes, in hexadecimal digits
    size: int  # bytes
    licence: str
    licence_page: str
    setting: str  # which names the file where it is elsewhere


YUNET = ModelFile(
    recognizer="sface",
    name="face_detection_yunet_2023mar.onnx",
    purpose="finds faces (YuNet, by Shiqi Yu and others)",
    url=f"{_MEDIA}/face_detection_yunet/face_detection_yunet_2023mar.onnx",
    sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    size=232_589,
    licence="MIT",
    licence_page=f"{_PAGES}/face_detection_yunet",
    setting="FINDME_SFACE_DETECTOR",
)
SFACE = ModelFile(
    recognizer="sface",
    name="face_recognition_sface_2021dec.onnx",
    purpose="tells faces apart (SFace, by Yaoyao Zhong and others)",
    url=f"{_MEDIA}/face_recognition_sface/face_recognition_sface_2021dec.onnx",
    sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
    size=38_696_353,
    licence="Apache-2.0",
    licence_page=f"{_PAGES}/face_recognition_sface",
    setting="FINDME_SFACE_MODEL",
)

KNOWN = (YUNET, SFACE)
"""Addresses, sizes and digests are those of opencv_zoo's Git LFS pointers."""
