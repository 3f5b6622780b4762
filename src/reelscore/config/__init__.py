"""The one place where settings come from."""

from reelscore.config.fields import SecretStr
from reelscore.config.loading import load_settings
from reelscore.config.settings import Settings

__all__ = ["SecretStr", "Settings", "load_settings"]
