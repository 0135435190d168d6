"""What this machine's processor is good at, and how many there are."""

from __future__ import annotations

import functools
import os
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")

_BYTE_PRODUCTS = {"avx2", "avx512_vnni", "avx_vnni"}  # Linux's names of the instructions


def processors() -> int:
    """How many this process may use, where the system tells (Linux), else how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def multiplies_bytes() -> bool:
    """Whether it has instructions for products of bytes, with which 8-bit networks are faster.

    With VNNI CenterFace takes less than half the time of floating point and dlib's network two fifths; with
    AVX2 alone CenterFace takes three quarters (120 and 88 ms at 960 x 736 pixels), and dlib's network three
    quarters of the instructions. Elsewhere, and where nothing says so (other systems than Linux, other makes
    than x86), networks are to run in floating point: nobody has measured that they gain there.
    """
    try:
        lines = CPUINFO.read_text(errors="replace").splitlines()
    except OSError:
        return False
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return not _BYTE_PRODUCTS.isdisjoint(flags)
