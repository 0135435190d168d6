"""Options that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, nothing else.")]
RecognizerName = Annotated[
    str | None,
    typer.Option("--recognizer", metavar="NAME", help="dlib, clip, sface, onnx; default: FINDME_RECOGNIZER."),
]
