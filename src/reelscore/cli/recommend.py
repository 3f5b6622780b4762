"""`reelscore recommend video|text|song`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reelscore.cli.backend import open_backend
from reelscore.cli.choices import Choices, with_choices
from reelscore.cli.output import print_answer, print_json, progress_bar

app = typer.Typer(help="Songs for a video, a sentence or a song.", no_args_is_help=True)

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many songs.")]
Like = Annotated[
    str | None, typer.Option("--like", help="A song, by id or file, that the answer should sound like too.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
@with_choices
def video(
    path: Annotated[Path, typer.Argument(help="The video file.")],
    guide: Annotated[
        str | None, typer.Option("--guide", help="A sentence that guides: 'but with piano, and no drums'.")
    ] = None,
    like: Like = None,
    limit: Limit = 10,
    as_json: AsJson = False,
    *,
    choices: Choices,
) -> None:
    """Songs that suit a video, with the passage that fits."""
    backend = open_backend()
    with progress_bar("analysing", seconds=True) as progress:
        answer = backend.recommend_video(
            path, limit, choices.filters(), choices.options(), progress, guide=guide, song=like
        )
    (print_json if as_json else print_answer)(answer)


@app.command()
@with_choices
def text(
    query: Annotated[str, typer.Argument(help="A few words, such as 'calm acoustic guitar'.")],
    like: Like = None,
    limit: Limit = 10,
    as_json: AsJson = False,
    *,
    choices: Choices,
) -> None:
    """Songs that suit a sentence."""
    answer = open_backend().recommend_text(query, limit, choices.filters(), choices.options(), song=like)
    (print_json if as_json else print_answer)(answer)


@app.command()
@with_choices
def song(
    song: Annotated[str, typer.Argument(help="Id of a song of the library, or an audio file.")],
    limit: Limit = 5,
    as_json: AsJson = False,
    *,
    choices: Choices,
) -> None:
    """Songs that sound like a song."""
    answer = open_backend().recommend_song(song, limit, choices.filters(), choices.options())
    (print_json if as_json else print_answer)(answer)
