"""What this machine's processor is good at."""

from __future__ import annotations

import functools
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")

_BYTE_PRODUCTS = {"avx512_vnni", "avx_vnni"}  # Linux's names of the instructions


@functools.cache
def multiplies_bytes() -> bool:
    """Whether it has instructions for products of bytes (VNNI), with which 8-bit networks are faster.

    Without them, and where nothing says so (other systems than Linux, other makes than x86), networks are to
    run in floating point: nobody has measured that they gain there.
    """
    try:
        lines = CPUINFO.read_text(errors="replace").splitlines()
    except OSError:
        return False
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return not _BYTE_PRODUCTS.isdisjoint(flags)
