"""The table of filters, and that of the options of an answer: one line for each.

Parsing and JSON (`parsing`), SQL and the indexes (`facets`), the schema of the API (`api/questions`), the
options of the command line (`cli/choices`) and the fields of the page (`GET /api/filters/fields`) follow
from the lines. A filter on another column of a song or of its measurements is one line more here, and a
higher `FACETS_VERSION`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reelscore.filters.fields import Field, Kind, line, names, span, switch, table_of
from reelscore.filters.keys import compatible_keys
from reelscore.filters.terms import UNSURE, artist_term, licence_term

Names = tuple[str, ...]
# Lowest and highest value that pass, both included; None leaves an end open.
Span = tuple[float | None, float | None]


def octaves(span: Span) -> tuple[Span, ...]:
    """A range of tempi, half of it and double of it."""
    low, high = span
    return span, *(
        (None if low is None else low * factor, None if high is None else high * factor)
        for factor in (0.5, 2.0)
    )


@dataclass(frozen=True, slots=True)
class Filters:
    """What a song must be to come into an answer at all; `Filters()` lets every song pass.

    Several names in one field mean any of them, and all fields must be met. A song of which a value is not
    known (no tempo found, no year stated) does not pass a filter on it; it passes the fields that leave
    songs out. `reelscore.filters.facets` says what the facets are.
    """

    genres: Names = names(
        "Any of these genres, as the source states them; if it states none, as heard.",
        "genre",
        option="genre",
        label="Genre",
        offered="genres",
        ticked=True,
    )
    moods: Names = names(
        "Any of these moods is heard.",
        "tag",
        option="mood",
        label="Mood",
        offered="moods",
        ticked=True,
    )
    vocals: bool | None = line(
        Kind.FLAG,
        "Surely sung (true), or surely instrumental (false).",
        option_help="Surely sung, or surely instrumental.",
        facet="vocals",
        label="Voice",
        words=("Sung", "Instrumental"),
    )
    unsure_vocals: bool = switch(
        "Songs in which it is not sure whether anybody sings pass too.",
        needs="vocals",
        widen=lambda voice: (voice, UNSURE),
        label="Unsure too",
    )
    tempo_bpm: Span | None = span(
        "Beats per minute: a range, or one value with a tolerance.",
        "tempo",
        "features.tempo_bpm",
        lowest=1,
        highest=1000,
        example="100-130",
        tolerance="tempo_tolerance",
        option="tempo",
        label="Tempo",
        unit="bpm",
        placeholder="120 or 100-130",
    )
    # Read into `tempo_bpm`. 8 % is about what a DJ bends without harm.
    tempo_tolerance: ClassVar[Field] = Field(
        Kind.NUMBER,
        "Percent around one value of the tempo; 8 if it is not given.",
        needs="tempo_bpm",
        default=8.0,
        highest=50,
        label="Tolerance, ± %",
        placeholder="8",
    )
    half_double: bool = switch(
        "Half and double of the tempo pass too.",
        needs="tempo_bpm",
        widen=octaves,
        label="Half and double too",
    )
    key: str | None = line(
        Kind.KEY,
        "Musical key: 'A minor', F#m, 8A.",
        facet="key",
        columns=("features.key",),
        label="Key",
        offered="keys",
    )
    compatible_keys: bool = switch(
        "Keys that mix well with the key (a fifth away, or the relative key) pass too.",
        needs="key",
        widen=compatible_keys,
        label="Keys that mix well too",
    )
    energy: Span | None = span(
        "Within 0..1.",
        "energy",
        "features.energy",
        highest=1,
        example="0.2-0.6",
        label="Energy",
        unit="of 100",
        scale=100,
        placeholder="20-60",
    )
    loudness_lufs: Span | None = span(
        "Integrated loudness in LUFS.",
        "loudness",
        "features.loudness_lufs",
        lowest=-200,
        highest=50,
        example="-20..-8",
        option="loudness",
    )
    year: Span | None = span(
        "Year of this release or of the first one.",
        "year",
        "songs.year",
        "songs.original_year",
        highest=9999,
        example="1990-1999",
        single=True,
        label="Year",
        placeholder="1990-1999",
    )
    duration: Span | None = span(
        "Length in minutes and seconds, or in seconds.",
        "duration",
        highest=1e7,
        example="2:30-4:00",
        clock=True,
        label="Length",
        placeholder="2:30-4:00",
    )
    tags: Names = names(
        "Any of these is heard: instruments, genres, voices.",
        "tag",
        option="tag",
        label="Heard in it",
        offered="tags",
        placeholder="piano, strings",
    )
    not_tags: Names = names(
        "None of these is heard.",
        "tag",
        negated=True,
        option="no-tag",
        label="Not heard in it",
        offered="tags",
        placeholder="drums",
    )
    artists: Names = names(
        "By any of these artists; case, accents and guests do not matter.",
        "artist",
        compare=artist_term,
        option="artist",
        label="Artists",
        placeholder="any",
    )
    not_artists: Names = names(
        "By none of these artists.",
        "artist",
        compare=artist_term,
        negated=True,
        option="not-artist",
        label="Not these artists",
        placeholder="none",
    )
    sources: Names = names(
        "From any of these sources, such as folder or demo.",
        "source",
        columns=("songs.source",),
        compare=str,
        option="source",
        label="Source",
        offered="sources",
        ticked=True,
    )
    licences: Names = names(
        "Under any of these licences, such as CC-BY or CC0; those of any version, unless one is named.",
        "licence",
        compare=licence_term,
        option="licence",
        label="Licence",
        offered="licences",
        placeholder="any",
    )


@dataclass(frozen=True, slots=True)
class RankingOptions:
    """How an answer is made of ranked songs. Caps and grouping off and adventurous 0: pure similarity."""

    group_versions: bool = switch(
        "Show one version of a song, the others in its `versions`; true if not given.",
        default=True,
        option="no-group",
        option_help="List every version of a song.",
    )
    artist_cap: int | None = line(
        Kind.COUNT,
        "Songs of one artist at most.",
        lowest=1,
        label="Songs of one artist at most",
        placeholder="any",
    )
    album_cap: int | None = line(Kind.COUNT, "Songs of one album at most.", lowest=1)
    adventurous: float = line(
        Kind.NUMBER,
        "0: the closest songs; 1: as unlike each other as they get.",
        default=0.0,
        highest=1,
        label="Adventurous, 0 to 1",
        placeholder="0",
        step=0.1,
    )
    leave_out_versions: bool = switch("Leave out versions of the seed track.", option="no-own-versions")
    names: bool = switch(
        "Words may also mean titles, artists, albums and stated genres; true if not given.",
        default=True,
        option="no-names",
        option_help="Search by sound alone, not by titles, artists, albums and genres.",
    )
    by_pictures: bool = switch(
        "For a video: songs near its pictures in the space of a joint model, without words for them.",
    )
    sync: float = line(
        Kind.NUMBER,
        "For a video: the share of the score that cuts on beats have, 0..1.",
        default=0.0,
        highest=1,
        option="sync-share",
        option_help="How much of the score that is: 0..1; 0.5 with --sync alone.",
        shorthand=("sync", 0.5, "For a video: songs whose beats meet its cuts gain."),
    )
    taste: float = line(
        Kind.NUMBER,
        "How much counts what you kept and turned down before, 0..1; 0.3 if not given.",
        default=0.3,
        highest=1,
        label="Your taste, 0 to 1",
        placeholder="0.3",
        step=0.1,
    )


FILTERS = table_of(Filters)
OPTIONS = table_of(RankingOptions)

# Immutable, so safe as the defaults of parameters.
NO_FILTERS = Filters()
DEFAULT_OPTIONS = RankingOptions()
