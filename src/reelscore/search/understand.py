"""The first step: what a question asks for, as vectors to search with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from reelscore.embedding.base import TextEmbedder
from reelscore.embedding.lite.embedder import LiteEmbedder
from reelscore.errors import InvalidInputError
from reelscore.query.build import checked_query, query_from_text
from reelscore.query.film_music import FilmMusic, music_for
from reelscore.query.form import UNSET, Query
from reelscore.query.guide import guide as guide_query
from reelscore.query.lead import edited, query_of
from reelscore.records import FloatArray, MusicQuery, Phrase, VideoAnalysis, WordsRead
from reelscore.search.blend import read_blend, with_words
from reelscore.search.names import Names, NameSearch
from reelscore.search.options import check_filters
from reelscore.search.pictures import PICTURES, look
from reelscore.search.reading import Reading
from reelscore.search.seeds import Seed, read_seeds
from reelscore.search.wording import Heard, Spoken, spoken, words_read
from reelscore.wiring import Wiring

WeightedVector = tuple[Phrase, FloatArray]


@dataclass(frozen=True, slots=True)
class Understood:
    """A question with everything that its answer is searched by."""

    query: Query
    music: MusicQuery  # phrases, soft targets and what to avoid, after analysis, edits and guide
    analysis: VideoAnalysis | None
    space: str  # in which the phrases are searched
    phrases: Sequence[WeightedVector] = ()
    avoid: Sequence[WeightedVector] = ()
    kinds: FloatArray | None = None  # (kinds, dim) of a single phrase, if its words are told apart
    feeds_back: bool = False  # whether what first hits sound like says what words mean
    unknown: Sequence[str] = ()  # phrases of which no word is known
    words: WordsRead | None = None  # what was made of the words that somebody typed
    names: NameSearch | None = None
    seed: Seed | None = None  # the song that the answer sounds like
    unlike: Sequence[Seed] = ()
    lesser_space: str | None = None  # why another space answers than the library was switched to
    direction: FloatArray | None = field(default=None)  # in `space`: what passages are compared with
    is_blend: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to search with: no word means anything, and none is a name."""
        return not self.phrases and not self.names and self.seed is None

    @property
    def exclude(self) -> set[str]:
        """The songs that were asked with, which are not in the answer."""
        seeds = (*((self.seed,) if self.seed else ()), *self.unlike)
        return {song for seed in seeds for song in (seed.song.id, *seed.members) if song}


def understand(
    wiring: Wiring, reading: Reading, query: Query, analysis: VideoAnalysis | None = None
) -> Understood:
    """What a question asks for.

    Parameters
    ----------
    analysis
        The analysis that `query.analysis_id` names, if it is at hand; else it is read.

    Raises
    ------
    InvalidInputError
        There is nothing to search with, or a value makes no sense.
    NotFoundError
        There is no such analysis or song.
    """
    if query.limit < 1:
        raise InvalidInputError(f"limit must be at least 1, not {query.limit}")
    check_filters(wiring, query.filters)
    is_blend = bool(query.blend)
    if is_blend:
        query = with_words(query)
    if analysis is None and query.analysis_id:
        analysis = wiring.catalog.analysis(query.analysis_id)
    said = spoken(query)
    music = music_query(said.query, analysis)
    if not music.phrases and not query.song and not any(part.weight > 0 for part in query.blend):
        raise InvalidInputError("nothing to search with; give at least one phrase or a song")
    seed: Seed | None = None
    unlike: Sequence[Seed] = ()
    if query.blend:
        seed, unlike = read_blend(wiring, reading, query)
    elif query.song is not None or query.unlike:
        seed, unlike = read_seeds(wiring, reading, query.song, query.unlike)
    pictures = look(wiring, query) if query.options.by_pictures else None
    if query.has_words:
        asked = _asked_in_words(wiring, reading, said, music, analysis, pictures, names_only=seed is None)
    else:
        asked = _asked_by_song(wiring, query, music, seed)
    return replace(asked, query=query, seed=seed, unlike=unlike, is_blend=is_blend)


def _asked_by_song(wiring: Wiring, query: Query, music: MusicQuery, seed: Seed | None) -> Understood:
    """A question of songs alone."""
    lite = wiring.lite.space.name
    if seed and not any(vector.any() for vector in seed.vectors.values()):
        raise InvalidInputError("nothing was heard in this song that others could be compared with")
    return Understood(query, music, None, lite, direction=seed.vectors.get(lite) if seed else None)


def _asked_in_words(
    wiring: Wiring,
    reading: Reading,
    said: Spoken,
    music: MusicQuery,
    analysis: VideoAnalysis | None,
    pictures: tuple[TextEmbedder, FloatArray] | None,
    *,
    names_only: bool,
) -> Understood:
    """A question of words; with `names_only` it may name songs and say nothing of how music sounds."""
    query = said.query
    words, lesser_space = wiring.text_embedder()
    seen: Sequence[WeightedVector] = ()
    if pictures is not None:
        # What somebody typed counts beside the pictures, which stand for all that was made of them.
        own = tuple(_typed(query, music, analysis)[0])
        whose = "its pictures, and your words" if own else "its pictures"
        music = replace(music, phrases=own, decided={**music.decided, "style": whose, "mood": whose})
        (words, vector), lesser_space = pictures, None
        seen = [(PICTURES, vector)]
    reader = words if isinstance(words, LiteEmbedder) else None  # tells kinds of words apart
    typed, turned = _typed(query, music, analysis)
    film = music_for(query.about) if query.about else FilmMusic()
    names = None
    if typed and query.options.names:
        total = sum(phrase.weight for phrase in music.phrases)
        names = NameSearch(wiring, reading, typed, total=total) or None
    rest = names.rest if names else {}
    texts = {
        text: said.heard(wiring.lite, text, rest.get(text, text))
        for text in (*(phrase.text for phrase in (*typed, *turned)), *film.rest, *film.unwanted)
    }
    space = words.space.name
    phrases, unknown = _with_vectors(words, music.phrases, texts)
    phrases = [*seen, *phrases]
    if names_only and names and not phrases and (named := names.sound()) is not None:
        # Behind the songs that are named come those that sound like them.
        space = wiring.embedders.sound_space
        phrases, unknown = [(Phrase(unknown[0]), named)], []
        reader = None
    avoid, _ = _with_vectors(words, music.avoid, texts)
    read = None
    if typed or turned or query.about:
        read = words_read(
            words if isinstance(words, LiteEmbedder) else wiring.lite,
            said,
            music,
            [
                *(texts[text] for text in (*film.rest, *(phrase.text for phrase in typed))),
                Heard("", film.left),
            ],
            [texts[text] for text in (*film.unwanted, *(phrase.text for phrase in turned))],
            seen=film.seen,
            named=names.words if names else (),
            reads_all=not isinstance(words, LiteEmbedder),
        )
    return Understood(
        query,
        music,
        analysis,
        space,
        phrases=phrases,
        avoid=avoid,
        kinds=reader.kinds(texts.get(phrases[0][0].text, phrases[0][0]).text)
        if reader and len(phrases) == 1
        else None,
        feeds_back=reader is not None,
        unknown=unknown,
        words=read,
        names=names,
        lesser_space=lesser_space,
        direction=np.sum([phrase.weight * vector for phrase, vector in phrases], axis=0, dtype=np.float32)
        if phrases
        else None,
    )


def music_query(query: Query, analysis: VideoAnalysis | None) -> MusicQuery:
    """Phrases and soft targets of a question: of its sentence or its analysis, edited, then guided."""
    edits = {name: getattr(query, name) for name in ("phrases", "avoid", "tempo_bpm", "energy")}
    edits = {name: value for name, value in edits.items() if value is not UNSET}
    if not edits.get("phrases"):  # without a phrase of one's own, what the analysis asks for
        edits.pop("phrases", None)
    if query.text is not None:
        music = query_from_text(query.text)
    else:
        music = query_of(analysis, query.about)
        edits["decided"] = edited(music.decided, edits, query.guide)
    if edits:
        music = checked_query(replace(music, **edits))
    return guide_query(music, query.guide) if query.guide else music


def names_of(wiring: Wiring, reading: Reading, query: Query, *, songs: int) -> Names | None:
    """How what somebody typed names songs, of about so many, read as in `understand`; None if it cannot."""
    if not query.options.names:
        return None
    analysis = wiring.catalog.analysis(query.analysis_id) if query.analysis_id else None
    said = spoken(with_words(query)).query
    music = music_query(said, analysis)
    typed = _typed(said, music, analysis)[0]
    total = sum(phrase.weight for phrase in music.phrases)
    return Names(reading, typed, total=total, songs=songs) if typed else None


def _typed(
    query: Query, music: MusicQuery, analysis: VideoAnalysis | None
) -> tuple[Sequence[Phrase], Sequence[Phrase]]:
    """What somebody wants and does not want in so many words.

    Neither the analysis of a film nor what was said of it is, which only describe.
    """
    if analysis is None and not query.about:
        return music.phrases, music.avoid
    described = query_of(analysis, query.about)
    phrases, avoid = ({phrase.text for phrase in part} for part in (described.phrases, described.avoid))
    return (
        [phrase for phrase in music.phrases if phrase.text not in phrases],
        [phrase for phrase in music.avoid if phrase.text not in avoid],
    )


def _with_vectors(
    words: TextEmbedder, phrases: Sequence[Phrase], texts: Mapping[str, Heard]
) -> tuple[list[WeightedVector], list[str]]:
    """The phrases that mean something, with their vectors, and the texts of the others.

    `texts`: phrase -> what of it says how music sounds, if that is not all of it.
    """
    if not phrases:
        return [], []
    vectors = words.embed_queries([texts.get(phrase.text, phrase).text for phrase in phrases])
    pairs = list(zip(phrases, vectors, strict=True))
    return [pair for pair in pairs if pair[1].any()], [one.text for one, vector in pairs if not vector.any()]
