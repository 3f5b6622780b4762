"""What a song can be filtered by, and what a filter demands of it: said once, for SQL and every index.

`facets_of` gives the facets of a song as plain JSON values, which an index keeps beside the vector.
`clauses` takes filters apart into demands on single facets, all of which must hold. The catalogue compiles
the clauses to SQL, Qdrant Edge to its own filter, and `matches` holds them against facets in Python; tests
compare the three.

- **Terms** are compared without case, accents and punctuation. A song has each of its artists.
- **Genre**: each run of words of what the source states, so that "Alternative Rock" is rock as well; where
  the source states none, the tags that are heard.
- **Year**: that of the release and that of the first release; one of them has to fit.
- **Tags and moods** are heard where they are more probable than not, and so are vocals.
- **Duration** is that of the song; where it is not known, that of the sound that was analysed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reelscore.filters.keys import compatible_keys, read_key
from reelscore.records import Filters, Span
from reelscore.text.folding import artist_key, plain

Facets = dict[str, Any]

# Goes up whenever the facets of an unchanged song change; libraries are brought up to date when opened.
FACETS_VERSION = 3
# A tag is heard from this probability on: more likely there than not.
HEARD_FROM = 0.5
# The tag that tells singing, which is stored also where it is not heard.
VOCALS = "vocals"

TERM_FIELDS = ("artist", "genre", "key", "source", "tag")
NUMBER_FIELDS = ("duration", "energy", "loudness", "tempo", "vocals", "year")
VERSION_FIELD = "version"

LONGEST_TERM = 120
_MOST_WORDS = 4  # of one genre
_LONGEST_GENRE = 200  # characters; what is longer is no genre
_GENRES = re.compile(r"[;,/|\\\x00]+")


@dataclass(frozen=True, slots=True)
class Clause:
    """A demand on one facet: one of the terms, or a number within one of the spans.

    `negated`: none of them; then a song that lacks the facet passes.
    """

    field: str
    terms: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    negated: bool = False


def term(text: str) -> str:
    """Text as it is compared: no case, accents or punctuation, single spaces."""
    words = re.sub(r"[\W_]+", " ", plain(text).replace("&", " and ")).strip()
    return (words or text.casefold().strip())[:LONGEST_TERM].strip()


def artist_term(name: str) -> str:
    """The name of an artist as it is compared: also without its article and its guests."""
    return (artist_key([name]) or term(name))[:LONGEST_TERM].strip()


def artist_terms(artists: Sequence[str]) -> tuple[str, ...]:
    """Each artist of a song, as artists are compared."""
    return tuple(dict.fromkeys(known for name in artists if (known := artist_term(name))))


def genre_terms(genre: str | None) -> tuple[str, ...]:
    """What a stated genre is found under: each genre in it, and each run of words of those."""
    found: dict[str, None] = {}
    for part in _GENRES.split((genre or "")[:_LONGEST_GENRE]):
        words = term(part).split()
        if words:
            found[" ".join(words)] = None
        for start in range(len(words)):
            for end in range(start + 1, min(start + _MOST_WORDS, len(words)) + 1):
                found[" ".join(words[start:end])] = None
    return tuple(found)


def genre_names(genre: str) -> tuple[str, ...]:
    """The genres that are stated in one text, as they are written there."""
    return tuple(dict.fromkeys(name for part in _GENRES.split(genre) if (name := part.strip())))


def tag_terms(tags: Mapping[str, float]) -> dict[str, float]:
    """Of what a tagger says of a song, what is worth storing: tags that are heard, and how sure of vocals."""
    named = {term(tag): float(probability) for tag, probability in tags.items()}
    return {tag: p for tag, p in named.items() if p >= HEARD_FROM or tag == VOCALS}


def facets_of(
    *,
    source: str,
    artists: Sequence[str],
    genre: str | None,
    year: int | None,
    duration: float | None,
    analysed_seconds: float | None,
    tempo_bpm: float | None,
    key: str | None,
    energy: float | None,
    loudness_lufs: float | None,
    tags: Mapping[str, float],
    original_year: int | None = None,
) -> Facets:
    """The facets of a song as JSON values; what is not known is left out.

    Parameters
    ----------
    year, original_year
        Of this release, and of the first one where that is another.
    duration, analysed_seconds
        Of the song, and of the sound that was analysed.
    tags
        As `tag_terms` gives them.
    """
    heard = sorted(tag for tag, probability in tags.items() if probability >= HEARD_FROM)
    terms = {
        "artist": list(artist_terms(artists)),
        "genre": list(genre_terms(genre)) or heard,
        "key": [key] if key else [],
        "source": [source],
        "tag": heard,
    }
    numbers = {
        "duration": duration if duration is not None else analysed_seconds,
        "energy": energy,
        "loudness": loudness_lufs,
        "tempo": tempo_bpm,
        "vocals": tags.get(VOCALS),
    }
    facets: Facets = {VERSION_FIELD: str(FACETS_VERSION)}
    facets |= {name: found for name, found in terms.items() if found}
    facets |= {
        name: float(value) for name, value in numbers.items() if value is not None and math.isfinite(value)
    }
    if stated := sorted({float(value) for value in (year, original_year) if value is not None}):
        facets["year"] = stated if len(stated) > 1 else stated[0]
    return facets


def clauses(filters: Filters) -> tuple[Clause, ...]:
    """What filters demand; none for `Filters()`.

    Raises
    ------
    InvalidInputError
        The key is no key.
    """
    found = []

    def demand(field: str, names: Sequence[str], *, negated: bool = False) -> None:
        if names:
            found.append(Clause(field, terms=tuple(dict.fromkeys(names)), negated=negated))

    def within(field: str, *spans: Span | None) -> None:
        kept = tuple(span for span in spans if span is not None)
        if kept:
            found.append(Clause(field, spans=kept))

    demand("genre", [term(name) for name in filters.genres])
    demand("tag", [term(name) for name in filters.moods])
    demand("tag", [term(name) for name in filters.tags])
    demand("tag", [term(name) for name in filters.not_tags], negated=True)
    tempo = filters.tempo_bpm
    octaves = (_scaled(tempo, 0.5), _scaled(tempo, 2.0)) if tempo and filters.half_double else ()
    within("tempo", tempo, *octaves)
    if filters.key is not None:
        key = read_key(filters.key)
        demand("key", compatible_keys(key) if filters.compatible_keys else (key,))
    within("energy", filters.energy)
    within("loudness", filters.loudness_lufs)
    if filters.vocals is not None:
        # Spans include their ends, and from HEARD_FROM on there are vocals.
        silent = math.nextafter(HEARD_FROM, 0.0)
        within(VOCALS, (HEARD_FROM, None) if filters.vocals else (None, silent))
    within("year", filters.year)
    within("duration", filters.duration)
    demand("source", filters.sources)
    demand("artist", [artist_term(name) for name in filters.artists])
    demand("artist", [artist_term(name) for name in filters.not_artists], negated=True)
    return tuple(found)


def matches(facets: Mapping[str, Any], demands: Sequence[Clause]) -> bool:
    """Whether facets meet every clause."""
    return all(_meets(facets, clause) != clause.negated for clause in demands)


def _meets(facets: Mapping[str, Any], clause: Clause) -> bool:
    value = facets.get(clause.field)
    if value is None:
        return False
    if clause.spans:
        return any(
            (low is None or number >= low) and (high is None or number <= high)
            for number in (value if isinstance(value, list) else [value])
            for low, high in clause.spans
        )
    return any(known in clause.terms for known in value)


def _scaled(span: Span, factor: float) -> Span:
    low, high = span
    return (None if low is None else low * factor, None if high is None else high * factor)
