"""What the processor is said to be good at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import processor


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    processor.multiplies_bytes.cache_clear()
    yield
    processor.multiplies_bytes.cache_clear()


@pytest.mark.parametrize(
    ("text", "can"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512_vnni\n", True),
        ("processor\t: 0\nflags\t\t: fpu avx_vnni\n", True),
        ("processor\t: 0\nflags\t\t: fpu avx f16c avx2\n", True),
        ("processor\t: 0\nflags\t\t: fpu sse4_2 avx\n", False),
        ("processor\t: 0\nFeatures\t: fp asimd\n", False),  # not x86
    ],
)
def test_byte_products_are_told_by_the_flags(
    text: str, can: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "cpuinfo")
    assert processor.multiplies_bytes() is can


def test_processors_are_counted_where_the_system_tells_nothing_of_a_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(processor.os, "sched_getaffinity", raising=False)  # as on macOS
    monkeypatch.setattr(processor.os, "cpu_count", lambda: 3)
    assert processor.processors() == 3


def test_where_nothing_says_so_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "none")
    assert not processor.multiplies_bytes()
