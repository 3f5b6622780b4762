"""The arguments that a question has as a tool, by the names of `Query`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, Field

from reelscore.filters.table import FILTERS, OPTIONS

_FILTER_HELP = "; ".join(f"{line.name}: {line.help}" for line in FILTERS)
_OPTION_HELP = "; ".join(f"{line.name}: {line.help}" for line in OPTIONS)

Limit = Annotated[int, Field(ge=1, le=100, description="How many songs.")]
Filters = Annotated[
    dict[str, Any], Field(description=f"What a song must be to be in the answer. {_FILTER_HELP}")
]
_Phrases = Annotated[
    list[dict[str, Any]],
    Field(max_length=20, description="Such as {'text': 'calm piano', 'weight': 1}."),
]


class Question(BaseModel):
    """Each argument with what it is unless it is given."""

    text: Annotated[str | None, Field(max_length=1000, description="Words: 'calm acoustic guitar'.")] = None
    song: Annotated[
        str | None,
        Field(
            max_length=4096, description="Id of a song that the answer is like; on this machine a file too."
        ),
    ] = None
    analysis_id: Annotated[str | None, Field(max_length=64, description="Of an analysed film.")] = None
    about: Annotated[
        str | None,
        Field(max_length=2000, description="What is to be seen in the film: 'wedding, seaside, evening'."),
    ] = None
    guide: Annotated[
        str | None, Field(max_length=1000, description="A sentence that changes it: 'with piano, no drums'.")
    ] = None
    phrases: _Phrases = []
    avoid: _Phrases = []
    unlike: Annotated[list[str], Field(max_length=10, description="Ids of songs to stay away from.")] = []
    blend: Annotated[
        list[dict[str, Any]],
        Field(
            max_length=20,
            description="What is added up, and below 0 taken away: {'song': ID, 'weight': 1}, "
            "{'artist': NAME}, {'saved': NAME}, {'text': WORDS, 'weight': -1}.",
        ),
    ] = []
    filters: Filters = {}
    options: Annotated[dict[str, Any], Field(description=f"How the answer is made. {_OPTION_HELP}")] = {}
    limit: Limit = 10


_ARGUMENTS = {
    name: Parameter(
        name, Parameter.KEYWORD_ONLY, default=Question.model_fields[name].default, annotation=kind
    )
    for name, kind in get_type_hints(Question, include_extras=True).items()
}

Tool = Callable[..., Awaitable[dict[str, Any]]]


def with_question(*names: str) -> Callable[[Tool], Tool]:
    """Give a tool that takes `question` these arguments in its place, or all if none is named.

    `question` is the JSON form of a query, without what was not given.
    """
    chosen = [_ARGUMENTS[name] for name in names or _ARGUMENTS]

    def decorate(tool: Tool) -> Tool:
        @wraps(tool)
        async def called(*own: Any, **values: Any) -> dict[str, Any]:
            question = without_empty(**{each.name: values.pop(each.name) for each in chosen})
            return await tool(*own, **values, question=question)

        form = signature(tool, eval_str=True)
        kept = [each for name, each in form.parameters.items() if name != "question"]
        called.__signature__ = form.replace(parameters=[*kept, *chosen])  # type: ignore[attr-defined]
        called.__annotations__ = {each.name: each.annotation for each in (*kept, *chosen)}
        return called

    return decorate


def without_empty(**values: Any) -> dict[str, Any]:
    """The arguments that were given."""
    return {name: value for name, value in values.items() if value not in (None, {}, [])}
