"""What a setting may be, and reading its value from text.

Not by Pydantic: importing that and making the class took a fifth of the time of an answer by words.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Self
from urllib.parse import urlsplit

from reelscore.errors import ConfigurationError

_TRUE, _FALSE = frozenset("1 true t yes y on".split()), frozenset("0 false f no n off".split())


class SecretStr:
    """A text that is not shown by accident."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def get_secret_value(self) -> str:
        """The text itself."""
        return self._secret

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretStr) and self._secret == other._secret

    def __hash__(self) -> int:
        return hash(self._secret)

    def __len__(self) -> int:
        return len(self._secret)

    def __str__(self) -> str:
        return "**********" if self._secret else ""

    def __repr__(self) -> str:
        return f"SecretStr({str(self)!r})"


@dataclass(slots=True, eq=False)
class Setting:
    """One setting; its kind, and names that it is not given, are those of its line in the class."""

    default: Any
    description: str
    names: tuple[str, ...]
    ge: float | None
    gt: float | None
    le: float | None
    pattern: str | None
    make_default: Callable[[], Any] | None
    kind: str = ""
    optional: bool = False
    empty_is_unset: bool = False
    addresses: str = ""  # between addresses of the web, if it is made of them

    def read(self, value: Any) -> Any:
        """A value as the program takes it; ValueError, without the value itself, if it is none."""
        if value == "" and self.empty_is_unset:
            return self.default
        if value is None and self.optional:
            return None
        found = _KINDS[self.kind](value) if self.kind in _KINDS else _choice(value, self.kind)
        if self.ge is not None and not found >= self.ge:
            raise ValueError(f"Input should be greater than or equal to {self.ge}")
        if self.gt is not None and not found > self.gt:
            raise ValueError(f"Input should be greater than {self.gt}")
        if self.le is not None and not found <= self.le:
            raise ValueError(f"Input should be less than or equal to {self.le}")
        if self.pattern is not None and not re.search(self.pattern, found):
            raise ValueError(f"String should match pattern '{self.pattern}'")
        for address in found.split(self.addresses) if self.addresses else ():
            parts = urlsplit(address.strip())
            if address.strip() and not (parts.scheme in ("http", "https") and parts.hostname):
                raise ValueError("an address is like https://host or http://host:8080")
        return found


def setting(
    default: Any = None,
    *,
    names: Sequence[str] = (),
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    pattern: str | None = None,
    make_default: Callable[[], Any] | None = None,
    description: str = "",
) -> Any:
    """A line of `Settings`.

    Parameters
    ----------
    default
        What it is if nothing is set; `make_default` makes it anew each time.
    names
        In the environment, if not REELSCORE_ and its name here; the first that is there counts.
    ge, gt, le
        What a number is at least, more than, and at most.
    pattern
        What a text matches.
    """
    return Setting(default, description, tuple(names), ge, gt, le, pattern, make_default)


class FromEnvironment:
    """Values of lines that `setting` makes; they are read once, when one is made."""

    env_file: ClassVar[str | None] = ".env"
    fields: ClassVar[Mapping[str, Setting]]

    def __init__(self, **given: Any) -> None:
        """Read each setting: as it is given, by its name or one of its names in the environment, else there.

        Raises
        ------
        ConfigurationError
            A setting has a value that cannot be used; the message names it, never a secret's value.
        """
        sources = (
            given,
            {name.upper(): value for name, value in os.environ.items()},
            read_env_file(self.env_file),
        )
        problems = []
        for name, each in self.fields.items():
            keys = (name, *each.names)
            found = next(((key, source[key]) for source in sources for key in keys if key in source), None)
            if found is None:
                self.__dict__[name] = each.make_default() if each.make_default else each.default
                continue
            key, value = found
            try:
                self.__dict__[name] = each.read(value)
            except ValueError as error:
                problems.append(f"{each.names[0] if key == name else key}: {error}")
        if not problems and (fault := self._fault()):
            problems.append(fault)
        if problems:
            raise ConfigurationError(f"a setting cannot be used: {'; '.join(problems)}")

    def _fault(self) -> str | None:
        """What is wrong with settings of which each by itself can be used."""
        return None

    def changed(self, **values: Any) -> Self:
        """These settings with other values, which are taken as they are."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, **values)
        return other

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"settings are read once; {name} stays")

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({values})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]


def fields_of(cls: type, prefix: str) -> dict[str, Setting]:
    """The settings of a class by their names, with what their annotations say."""
    found = {name: each for name, each in vars(cls).items() if isinstance(each, Setting)}
    for name, each in found.items():
        annotation = cls.__annotations__[name]
        each.kind = annotation.removesuffix(" | None")
        each.optional = each.kind != annotation
        each.names = each.names or (f"{prefix}{name}".upper(),)
    return found


def read_env_file(name: str | None) -> dict[str, str]:
    """What a file such as `.env` sets, by names in capital letters; nothing if there is none.

    Raises
    ------
    ConfigurationError
        It is no text in UTF-8.
    """
    file = Path(name).absolute() if name else None
    if file is None or not file.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        values = dotenv_values(file, encoding="utf-8-sig")  # editors of Windows write that mark
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} is no text in UTF-8; save it as UTF-8") from None
    return {name.upper(): value for name, value in values.items() if value is not None}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("Input should be a valid string")
    return value


def _path(value: Any) -> Path:
    if not isinstance(value, str | Path):
        raise ValueError("Input is not a valid path")
    return Path(value)


def _secret(value: Any) -> SecretStr:
    return value if isinstance(value, SecretStr) else SecretStr(_text(value))


def _whole(value: Any) -> int:
    try:
        if isinstance(value, str):
            return int(value.strip().removesuffix(".0"))
        if value == int(value):
            return int(value)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError("Input should be a valid integer, unable to parse string as an integer")


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError("Input should be a valid number, unable to parse string as a number") from None


def _truth(value: Any) -> bool:
    word = str(value).lower()
    if word not in _TRUE | _FALSE:
        raise ValueError("Input should be a valid boolean, unable to interpret input")
    return word in _TRUE


def _choice(value: Any, kind: str) -> Any:
    known = re.findall(r"'([^']*)'", kind)
    if value not in known:
        *some, last = map(repr, known)
        raise ValueError(f"Input should be {', '.join(some)} or {last}")
    return value


_KINDS: dict[str, Callable[[Any], Any]] = {
    "str": _text,
    "Path": _path,
    "SecretStr": _secret,
    "int": _whole,
    "float": _number,
    "bool": _truth,
}
