"""The web page: plain HTML, CSS and JavaScript modules, served as they are; there is no build."""

from __future__ import annotations

from pathlib import Path

STATIC_DIR = Path(__file__).parent / "static"

__all__ = ["STATIC_DIR"]
