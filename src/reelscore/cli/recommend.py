"""`reelscore recommend video|text|song|search|path|set|blend`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from reelscore.cli.backend import Backend, open_backend
from reelscore.cli.choices import Choices, with_choices
from reelscore.cli.naming import song_id
from reelscore.cli.output import note, progress_bar
from reelscore.cli.panels import AsJson, examples, output_option
from reelscore.cli.playlist import show_answer, show_walk
from reelscore.errors import InvalidInputError, NotFoundError
from reelscore.filters.parsing import read_span
from reelscore.query.blend import BlendPart, part_of_text, parts_values
from reelscore.query.form import Query

_FAR_TEMPI = 20.0, 400.0  # beats per minute


def _whole(target: str) -> str:
    from reelscore.library.server_playlists import whole_target

    return whole_target(target)


app = typer.Typer(help="Songs for a video, a sentence or a song.", no_args_is_help=True)

Playlist = Annotated[
    str | None,
    output_option(
        "Write the songs to a playlist too: .m3u8, .xspf, .xml, or subsonic:, jellyfin: or plex:NAME.",
        "--playlist",
        callback=lambda target: target and _whole(target),  # a mistake is reported before the search
    ),
]


@app.command(
    **examples(
        "reelscore recommend video holiday.mp4 --about 'beach, summer' --guide 'with piano, no drums'",
        "reelscore recommend video holiday.mp4 --tempo 60-90 --no-vocals --json",
    )
)
@with_choices("about", "guide", "like", limit=10)
def video(
    path: Annotated[Path, typer.Argument(help="The video file.")],
    as_json: AsJson = False,
    playlist: Playlist = None,
    *,
    choices: Choices,
) -> None:
    """Songs that suit a video, with the passage that fits."""
    backend = open_backend()
    with progress_bar("analysing", seconds=True) as progress:
        query = choices.query(song=_liked(backend, choices))
        answer = backend.search_video(path, query, progress)
    show_answer(answer, as_json=as_json, playlist=playlist)


@app.command(
    **examples(
        "reelscore recommend text 'calm acoustic guitar' --tempo 60-90 --no-vocals",
        "reelscore recommend text 'dark synthwave' --like ~/Music/night.mp3 -n 20",
    )
)
@with_choices("like", limit=10)
def text(
    query: Annotated[str, typer.Argument(help="A few words, such as 'calm acoustic guitar'.")],
    as_json: AsJson = False,
    playlist: Playlist = None,
    *,
    choices: Choices,
) -> None:
    """Songs that suit a sentence."""
    backend = open_backend()
    answer = backend.search(choices.query(text=query, song=_liked(backend, choices)))
    show_answer(answer, as_json=as_json, playlist=playlist)


@app.command(
    **examples(
        "reelscore recommend search 'slow piano=1' 'warm strings=0.5' --avoid 'vocals=0.4'",
        "reelscore recommend search --analysis ID 'hopeful=1' --want-tempo 60-90",
    )
)
@with_choices("about", "guide", "like", limit=10)
def search(
    phrases: Annotated[
        list[str] | None,
        typer.Argument(help="What to search for, each with its weight: 'slow piano=1' 'warm strings=0.5'."),
    ] = None,
    analysis: Annotated[
        str | None,
        typer.Option(help="Id of the analysis of a video; what is not given here is as it says."),
    ] = None,
    avoid: Annotated[
        list[str] | None, typer.Option(help="What a song loses by, and how much at most: 'vocals=0.4'.")
    ] = None,
    want_tempo: Annotated[
        str | None, typer.Option(help="Beats per minute, as a wish and no filter: 60-90.")
    ] = None,
    want_energy: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="0..1, as a wish and no filter.")
    ] = None,
    as_json: AsJson = False,
    playlist: Playlist = None,
    *,
    choices: Choices,
) -> None:
    """Songs for phrases and weights of your own; no video is analysed again."""
    parts: dict[str, Any] = {}
    if phrases:
        parts["phrases"] = [_weighted(phrase) for phrase in phrases]
    if avoid:
        parts["avoid"] = [_weighted(phrase, 0.5) for phrase in avoid]
    if want_tempo is not None:
        parts["tempo_bpm"] = _tempo(want_tempo)
    if want_energy is not None:
        parts["energy"] = want_energy
    backend = open_backend()
    answer = backend.search(choices.query(**parts, analysis_id=analysis, song=_liked(backend, choices)))
    show_answer(answer, as_json=as_json, playlist=playlist)


def _liked(backend: Backend, choices: Choices) -> str | None:
    return None if choices.like is None else song_id(backend, choices.like)


def _weighted(text: str, weight: float = 1.0) -> dict[str, Any]:
    """`slow piano=0.5` as a phrase; without a number behind the last `=` all of it is the phrase."""
    words, _, number = text.rpartition("=")
    try:
        return {"text": words, "weight": float(number)} if words else {"text": text, "weight": weight}
    except ValueError:
        return {"text": text, "weight": weight}


def _tempo(text: str) -> tuple[float, float]:
    """A wanted tempo in the words of the filter of that name; an open end is far away."""
    low, high = read_span("tempo_bpm", text)
    return (_FAR_TEMPI[0] if low is None else low), (_FAR_TEMPI[1] if high is None else high)


@app.command(
    **examples(
        "reelscore recommend song ~/Music/some-song.mp3 --artist-cap 1",
        "reelscore recommend song 'Calm acoustic 1' --key 'A minor' --compatible-keys",
    )
)
@with_choices(limit=5)
def song(
    song: Annotated[str, typer.Argument(help="A song of the library by id or title, or an audio file.")],
    as_json: AsJson = False,
    playlist: Playlist = None,
    *,
    choices: Choices,
) -> None:
    """Songs that sound like a song."""
    backend = open_backend()
    answer = backend.search(choices.query(song=song_id(backend, song)))
    show_answer(answer, as_json=as_json, playlist=playlist)


@app.command(
    **examples(
        "reelscore recommend path 'Calm acoustic 1' 'energetic electronic' --steps 8 --playlist way.m3u8",
        "reelscore recommend path ~/Music/slow.mp3 ~/Music/fast.mp3 --no-vocals",
    )
)
@with_choices()
def path(
    start: Annotated[str, typer.Argument(help="A song by id, title or file; else words for a mood.")],
    end: Annotated[str, typer.Argument(help="Likewise.")],
    steps: Annotated[int, output_option("Songs between the two ends.", "--steps", min=1, max=50)] = 8,
    as_json: AsJson = False,
    playlist: Playlist = None,
    *,
    choices: Choices,
) -> None:
    """Songs that lead from one song or mood to another, in even steps of tempo, key, energy and timbre."""
    backend = open_backend()
    found = backend.find_path(_end(backend, start), _end(backend, end), steps, choices.query())
    show_walk(found, as_json=as_json, playlist=playlist)


@app.command(
    "set",
    **examples(
        "reelscore recommend set 'energetic electronic' --limit 20 --playlist set.m3u8",
        "reelscore recommend set --song 'Calm acoustic 1' --song 'Calm acoustic 2'",
    ),
)
@with_choices(limit=20)
def mixing_set(
    query: Annotated[
        str | None, typer.Argument(help="A few words; the songs found are put in order.")
    ] = None,
    song: Annotated[
        list[str] | None, typer.Option(help="A song by id or title instead; the first one stays first.")
    ] = None,
    as_json: AsJson = False,
    playlist: Playlist = None,
    *,
    choices: Choices,
) -> None:
    """Songs in an order in which neighbours mix: tempo and key first."""
    backend = open_backend()
    asked = choices.query(text=query) if query is not None else None
    named = [song_id(backend, each) for each in song or ()]
    show_walk(backend.find_set(asked, named), as_json=as_json, playlist=playlist)


@app.command(
    **examples(
        "reelscore recommend blend 'Calm acoustic 1' 'saved:Evenings=0.5' --without 'drums' --limit 20",
        "reelscore recommend blend artist:Air 'slow piano=2' --without 'artist:Moby' --playlist blend.m3u8",
    )
)
@with_choices(limit=10)
def blend(
    parts: Annotated[
        list[str],
        typer.Argument(
            help="Songs by id, title or file, artist:NAME, saved:NAME, or words; with a weight: =0.5."
        ),
    ],
    without: Annotated[
        list[str] | None, typer.Option(help="What is taken away, as above; may be repeated.")
    ] = None,
    as_json: AsJson = False,
    playlist: Playlist = None,
    *,
    choices: Choices,
) -> None:
    """Songs for several things together, less others; it says what left the answer for that."""
    backend = open_backend()
    given = [part_of_text(text) for text in parts] + [part_of_text(text, sign=-1.0) for text in without or ()]
    made = parts_values(tuple(_as_song(backend, part) for part in given))
    answer = backend.search(choices.query(blend=made))
    show_answer(answer, as_json=as_json, playlist=playlist)
    for gone in [] if as_json else answer["query"].get("removed", ()):
        note(f"left for “{gone['by']}”: {gone['title']}")


def _as_song(backend: Backend, part: BlendPart) -> BlendPart:
    """Words that name a song are that song."""
    if part.kind not in ("text", "song"):
        return part
    try:
        return replace(part, kind="song", name=song_id(backend, part.name))
    except (NotFoundError, InvalidInputError):
        if part.kind == "song":
            raise
        return part


def _end(backend: Backend, named: str) -> Query:
    try:
        return Query(song=song_id(backend, named))
    except (NotFoundError, InvalidInputError):  # no title, or a part of several
        return Query(text=named)
