"""The options that commands share which ask a question: what it is asked with, filters, and ranking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from reelscore.filters.fields import Field, Kind
from reelscore.filters.table import FILTERS, OPTIONS

if TYPE_CHECKING:
    from reelscore.query.form import Query

FILTER, RANKING, OUTPUT = "Filter", "Ranking", "Output"

_ASKED = {
    "about": "What is to be seen in the film, in a few words: 'wedding, seaside, evening'.",
    "guide": "A sentence that guides: 'but with piano, and no drums'.",
    "like": "A song, by id, title or file, that the answer should sound like too.",
}

_TYPES = {
    Kind.NAMES: list[str],
    Kind.KEY: str | None,
    Kind.SPAN: str | None,
    Kind.NUMBER: float | None,
    Kind.COUNT: int | None,
    Kind.FLAG: bool | None,
    Kind.SWITCH: bool,
}


class Choices:
    """What was chosen on the command line, by the names of its options: `Choices(tempo="60-90")`."""

    def __init__(self, **given: Any) -> None:
        self._given = given

    @property
    def like(self) -> str | None:
        """The song of `--like`, as it was named."""
        return self._given.get("like")

    def query(self, **more: Any) -> Query:
        """The question; `more` are fields of its JSON form that are no common options."""
        from reelscore.query.form import read_query

        asked = {name: self._given.get(name) for name in ("about", "guide", "limit")} | more
        given = {name: value for name, value in asked.items() if value is not None}
        return read_query({**given, "filters": self.filters(), "options": self.options()})

    def filters(self) -> dict[str, Any]:
        """The filters that were given, by the names that the API knows."""
        return self._values(FILTERS)

    def options(self) -> dict[str, Any]:
        """The ranking options that were given, likewise."""
        return self._values(OPTIONS)

    def _values(self, table: Sequence[Field]) -> dict[str, Any]:
        found = {}
        for field in table:
            value = self._given.get(_option(field))
            if field.kind is Kind.SWITCH:
                value = not field.default if value else None
            if value is None and field.shorthand and self._given.get(field.shorthand[0]):
                value = field.shorthand[1]
            if value is not None and value != []:
                found[field.name] = value
        return found


def _option(field: Field) -> str:
    """The name of an option as that of an argument: "no_tag" for `--no-tag`."""
    return (field.option or field.name).replace("-", "_")


def _parameters(table: Sequence[Field], panel: str) -> Iterator[Parameter]:
    def option(name: str, kind: Kind, help_text: str) -> Parameter:
        flag = "--" + name.replace("_", "-")
        if kind is Kind.FLAG:
            flag = f"{flag}/--no-{flag[2:]}"
        made = typer.Option(flag, help=help_text, rich_help_panel=panel)
        return _option_of(name, _TYPES[kind], {Kind.NAMES: [], Kind.SWITCH: False}.get(kind), made)

    for field in table:
        if field.shorthand:
            yield option(field.shorthand[0], Kind.SWITCH, field.shorthand[2])
        text = field.option_help or field.help
        yield option(_option(field), field.kind, f"{text} {_example(field)}".strip())


def _option_of(name: str, kind: Any, default: Any, option: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option])


def _example(field: Field) -> str:
    return f"Such as {field.example}." if field.example and field.kind is not Kind.KEY else ""


def with_choices(*asked: str, limit: int | None = None) -> Callable[[Any], Any]:
    """Give a command that takes `choices` an option for each filter and ranking option in its place.

    `asked` are those of about, guide and like that it takes too, `limit` how many songs it answers with
    unless told otherwise; None: it has no such option.
    """
    question = [_option_of(name, str | None, None, typer.Option(help=_ASKED[name])) for name in asked]
    if limit is not None:
        how_many = typer.Option("--limit", "-n", help="How many songs.", min=1, rich_help_panel=OUTPUT)
        question.append(_option_of("limit", int, limit, how_many))
    return _decorator([*question, *_parameters(FILTERS, FILTER), *_parameters(OPTIONS, RANKING)])


def with_filters(command: Any) -> Any:
    """Give a command that takes `choices` an option for each filter in its place."""
    return _decorator([*_parameters(FILTERS, FILTER)])(command)


def _decorator(chosen: Sequence[Parameter]) -> Callable[[Any], Any]:
    def decorate(command: Any) -> Any:
        own = [each for name, each in signature(command).parameters.items() if name != "choices"]
        resolved = get_type_hints(command, include_extras=True)
        parameters = [*(each.replace(annotation=resolved[each.name]) for each in own), *chosen]

        @wraps(command)
        def called(**values: Any) -> None:
            given = {each.name: values.pop(each.name) for each in chosen}
            command(**values, choices=Choices(**given))

        called.__signature__ = signature(command).replace(parameters=parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {each.name: each.annotation for each in parameters}
        return called

    return decorate
