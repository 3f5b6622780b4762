"""What the processor of this machine can do, as far as tests depend on it."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

CPUINFO = Path("/proc/cpuinfo")


def sums_int8_without_saturating() -> bool:
    """Whether int8 products are summed in 32 bits: x86 needs VNNI for it, older ones saturate at 16 bits."""
    if platform.machine() not in ("x86_64", "AMD64") or not CPUINFO.is_file():
        return True
    return "_vnni" in CPUINFO.read_text()


needs_exact_int8 = pytest.mark.skipif(
    not sums_int8_without_saturating(), reason="int8 saturates on x86 processors without VNNI"
)
