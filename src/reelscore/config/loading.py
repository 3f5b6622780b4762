"""Reading the settings, and what is said of those that are misspelt."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from functools import cache

from reelscore.config.fields import read_env_file
from reelscore.config.settings import PREFIX, Settings

log = logging.getLogger(__name__)

_AS_GOOD_AS_THE_SAME = 0.92  # of `difflib`: a letter or two swapped, missing or too many


def load_settings() -> Settings:
    """Read the settings from the environment and `.env`.

    Raises
    ------
    ConfigurationError
        A setting has a value that cannot be used; the message names the setting, never a secret's value.
        Or `.env` is no text in UTF-8.
    """
    settings = Settings()
    for name, meant in _misspelt():
        _warn_once(f"{name} is no setting; {meant} is one")
    return settings


def _misspelt() -> Iterator[tuple[str, str]]:
    """Names in the environment and `.env` that are like that of a setting and are none, each with that."""
    known = {name for each in Settings.fields.values() for name in each.names}
    given = {name.upper() for name in os.environ} | read_env_file(Settings.env_file).keys()
    for name in sorted(given - known):
        if name.startswith(PREFIX):
            from difflib import get_close_matches

            bare = name.removeprefix(PREFIX)
            near = [bare] if bare in known else get_close_matches(name, known, 1, _AS_GOOD_AS_THE_SAME)
            yield from ((name, meant) for meant in near)


@cache
def _warn_once(text: str) -> None:
    log.warning("%s", text)
