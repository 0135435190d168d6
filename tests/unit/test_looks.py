"""Faces that a benchmark keeps are those of the code, the weights and the photos that there are."""

from __future__ import annotations

from pathlib import Path

from benchmarks.looks import PROJECT, SOURCES, digest


def test_the_digest_changes_with_the_code_and_the_weights_and_with_nothing_else(tmp_path: Path) -> None:
    project, models = tmp_path / "project", tmp_path / "models"
    models.mkdir()
    for name in SOURCES:
        file = project / name if name.endswith(".py") else project / name / "inner" / "part.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("one")
    found = {digest(models, project)}
    (project / "pipeline" / "ranking.py").write_text("ranks what is kept")
    found.add(digest(models, project))
    assert len(found) == 1
    for name in SOURCES:
        file = project / name if name.endswith(".py") else project / name / "inner" / "part.py"
        file.write_text("other")
        found.add(digest(models, project))
    (models / "a.onnx").write_bytes(b"weights")
    found.add(digest(models, project))
    (models / "a.onnx").write_bytes(b"other weights")
    found.add(digest(models, project))
    assert len(found) == len(SOURCES) + 3


def test_the_files_that_make_faces_are_there() -> None:
    assert [name for name in SOURCES if not (PROJECT / name).exists()] == []
