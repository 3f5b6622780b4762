"""Reading the settings, and what is said of those that cannot be used or are misspelt."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from pydantic import AliasChoices, ValidationError

from reelscore.config.settings import Settings
from reelscore.errors import ConfigurationError

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
    try:
        settings = Settings()
        for name, meant in _misspelt():
            _warn_once(f"{name} is no setting; {meant} is one")
        return settings
    except UnicodeDecodeError:
        raise ConfigurationError(f"{_env_file()} is no text in UTF-8; save it as UTF-8") from None
    except ValidationError as error:
        problems = "; ".join(_problem(item["loc"], item["msg"]) for item in error.errors())
        raise ConfigurationError(f"a setting cannot be used: {problems}") from None


def _misspelt() -> Iterator[tuple[str, str]]:
    """Names in the environment and `.env` that are like that of a setting and are none, each with that."""
    prefix = str(Settings.model_config["env_prefix"])
    known: dict[str, None] = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        names = alias.choices if isinstance(alias, AliasChoices) else [alias or f"{prefix}{name}".upper()]
        known.update(dict.fromkeys(map(str, names)))
    given = {name.upper() for name in os.environ}
    file = _env_file()
    if file is not None and file.is_file():
        from dotenv import dotenv_values

        given |= {name.upper() for name in dotenv_values(file, encoding="utf-8-sig")}
    for name in sorted(given - known.keys()):
        if name.startswith(prefix):
            bare = name.removeprefix(prefix)
            near = [bare] if bare in known else get_close_matches(name, known, 1, _AS_GOOD_AS_THE_SAME)
            yield from ((name, meant) for meant in near)


def _env_file() -> Path | None:
    name = Settings.model_config.get("env_file")
    return Path(str(name)).absolute() if name else None


@cache
def _warn_once(text: str) -> None:
    log.warning("%s", text)


def _problem(place: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    if not place:
        return text
    name = str(place[0])
    # A field with a name of its own in the environment is placed by that, every other by its name here.
    return f"{'REELSCORE_' if name in Settings.model_fields else ''}{name.upper()}: {text}"
