"""What the parity tests share: the scripts that build small models, and a piece of real music."""

from __future__ import annotations

import importlib.resources
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from reelscore.audio.decode import load
from reelscore.records import FloatArray

ROOT = Path(__file__).parent.parent


def load_tool(name: str) -> ModuleType:
    """A script of `tools` as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def track(rate: int) -> FloatArray:
    """30 s of music at a sample rate."""
    root = Path(str(importlib.resources.files("immich_memories_music")))
    return load(sorted(root.rglob("*.opus"))[7], sample_rate=rate).samples
