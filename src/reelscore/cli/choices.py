"""The options that all `recommend` commands share: filters, and how an answer is made."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, get_type_hints

import typer

from reelscore.query.form import read_query
from reelscore.records import Query

FILTER, RANKING, OUTPUT = "Filter", "Ranking", "Output"


def _option(help_text: str, *names: str, panel: str = FILTER) -> Any:
    return typer.Option(*names, help=help_text, rich_help_panel=panel)


def _ranking(help_text: str, *names: str) -> Any:
    return _option(help_text, *names, panel=RANKING)


@dataclass(frozen=True)
class Choices:
    """What was chosen on the command line, as plain values that the library or its server reads."""

    genre: Annotated[list[str], _option("Of this genre, or one of several.")] = field(default_factory=list)
    mood: Annotated[list[str], _option("Of this mood, or one of several.")] = field(default_factory=list)
    tag: Annotated[list[str], _option("With this heard in it: piano, choir, techno.")] = field(
        default_factory=list
    )
    no_tag: Annotated[list[str], _option("Without this heard in it.", "--no-tag")] = field(
        default_factory=list
    )
    tempo: Annotated[str | None, _option("Beats per minute: 120, or 100-130.")] = None
    tempo_tolerance: Annotated[
        float | None, _option("Percent around a single tempo; 8 where it is not given.")
    ] = None
    half_double: Annotated[bool, _option("Half and double of the tempo pass too.", "--half-double")] = False
    key: Annotated[str | None, _option("Musical key: 'A minor', F#m, 8A.")] = None
    compatible_keys: Annotated[
        bool, _option("Keys that mix well with the key pass too.", "--compatible-keys")
    ] = False
    energy: Annotated[str | None, _option("Within 0..1: 0.2-0.6.")] = None
    loudness: Annotated[str | None, _option("LUFS: -20..-8.")] = None
    vocals: Annotated[bool | None, _option("Sung, or instrumental.", "--vocals/--no-vocals")] = None
    year: Annotated[str | None, _option("1995, or 1990-1999.")] = None
    duration: Annotated[str | None, _option("2:30-4:00, or seconds: 150-240.")] = None
    source: Annotated[list[str], _option("From this source: folder, demo.")] = field(default_factory=list)
    artist: Annotated[list[str], _option("By this artist, or one of several.")] = field(default_factory=list)
    not_artist: Annotated[list[str], _option("Not by this artist.", "--not-artist")] = field(
        default_factory=list
    )
    artist_cap: Annotated[int | None, _ranking("Songs of one artist at most.")] = None
    album_cap: Annotated[int | None, _ranking("Songs of one album at most.")] = None
    adventurous: Annotated[
        float | None, _ranking("0: the closest songs; 1: as unlike each other as they get.")
    ] = None
    sync: Annotated[bool, _ranking("For a video: songs whose beats meet its cuts gain.", "--sync")] = False
    sync_share: Annotated[
        float | None, _ranking("How much of the score that is: 0..1; 0.5 with --sync alone.")
    ] = None
    no_group: Annotated[bool, _ranking("List every version of a song.", "--no-group")] = False
    no_own_versions: Annotated[
        bool, _ranking("Leave out versions of the song that was asked with.", "--no-own-versions")
    ] = False
    no_names: Annotated[
        bool,
        _ranking("Search by sound alone, not by titles, artists, albums and stated genres.", "--no-names"),
    ] = False

    def query(self, **asked: Any) -> Query:
        """The question with these filters and options; `asked` are other fields of its JSON form."""
        given = {name: value for name, value in asked.items() if value is not None}
        return read_query({**given, "filters": self.filters(), "options": self.options()})

    def filters(self) -> dict[str, Any]:
        """The filters that were given, by the names that the API knows."""
        return _given(
            genres=self.genre,
            moods=self.mood,
            tags=self.tag,
            not_tags=self.no_tag,
            tempo_bpm=self.tempo,
            tempo_tolerance=self.tempo_tolerance,
            half_double=self.half_double or None,
            key=self.key,
            compatible_keys=self.compatible_keys or None,
            energy=self.energy,
            loudness_lufs=self.loudness,
            vocals=self.vocals,
            year=self.year,
            duration=self.duration,
            sources=self.source,
            artists=self.artist,
            not_artists=self.not_artist,
        )

    def options(self) -> dict[str, Any]:
        """The ranking options that were given, likewise."""
        return _given(
            group_versions=False if self.no_group else None,
            artist_cap=self.artist_cap,
            album_cap=self.album_cap,
            adventurous=self.adventurous,
            sync=self.sync_share if self.sync_share is not None else 0.5 if self.sync else None,
            leave_out_versions=self.no_own_versions or None,
            names=False if self.no_names else None,
        )


def with_choices(command: Any) -> Any:
    """Give a command that takes `choices` an option for each field of `Choices` in its place."""
    hints = get_type_hints(Choices, include_extras=True)
    own = [each for name, each in signature(command).parameters.items() if name != "choices"]
    resolved = get_type_hints(command, include_extras=True)
    parameters = [each.replace(annotation=resolved[each.name]) for each in own]
    for item in fields(Choices):
        default = [] if item.default_factory is list else item.default
        parameters.append(
            Parameter(item.name, Parameter.KEYWORD_ONLY, default=default, annotation=hints[item.name])
        )

    @wraps(command)
    def called(**values: Any) -> None:
        chosen = {item.name: values.pop(item.name) for item in fields(Choices)}
        command(**values, choices=Choices(**chosen))

    called.__signature__ = signature(command).replace(parameters=parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    return called


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != []}
