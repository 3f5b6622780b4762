"""The one place where settings come from."""

from reelscore.config.loading import load_settings
from reelscore.config.settings import Settings

__all__ = ["Settings", "load_settings"]
