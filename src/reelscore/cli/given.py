"""Options that need no conversion are taken as they were given.

Typer 0.29 converts every value by an adapter of Pydantic, also texts and defaults. Importing that and making
the adapters takes longer than answering a question.
"""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand

_INT = re.compile(r"-?[0-9]{1,9}")
_FLOAT = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_KINDS: dict[Any, re.Pattern[str]] = {int: _INT, float: _FLOAT}


class _Plain:
    """Stands in for what Typer converts a parameter by, and falls back on that."""

    def __init__(self, descriptor: Any) -> None:
        self._descriptor = descriptor

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value as the command takes it; Typer's own words if it is none."""
        kind, info = self._descriptor.annotation, self._descriptor.parameter_info
        if param.multiple or param.nargs == -1:
            if value is None:
                return ()
            if kind == list[str] and isinstance(value, list | tuple) and all(map(_is_text, value)):
                return list(value)
        elif value is None or value is param.default or (kind is str and _is_text(value)):
            return value
        elif kind in _KINDS and isinstance(value, str) and _KINDS[kind].fullmatch(value):
            number = kind(value)
            if (info.min is None or number >= info.min) and (info.max is None or number <= info.max):
                return number
        from typer._coercion import build_runtime_param

        return build_runtime_param(self._descriptor).coerce(value, param=param, ctx=ctx)


def _is_text(value: Any) -> bool:
    """Whether a value is a text that can be written: bytes of another coding are none."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


class AsGiven:
    """Mixed into a command or group: its parameters take texts and numbers without Pydantic.

    Another Typer than 0.29 converts by itself.
    """

    def get_params(self, ctx: Any) -> Any:
        """The parameters, with that of `--help`."""
        params = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            descriptor = getattr(param, "type_descriptor", None)
            info = getattr(descriptor, "parameter_info", None)
            if getattr(param, "_runtime_param", True) is None and info is not None and info.parser is None:
                param._runtime_param = _Plain(descriptor)
        return params


class GivenCommand(AsGiven, TyperCommand):
    """A command of this kind."""
