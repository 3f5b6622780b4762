"""Every filter, alone and in pairs: SQL, indexes, whole answers and a plain reading of the songs agree."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from asked import Asking, matching
from memory_index import MemoryIndex
from qdrant_server import open_local_index
from reelscore.catalog.db import schema
from reelscore.catalog.filtering import passes
from reelscore.catalog.store import Catalog
from reelscore.config import Settings
from reelscore.filters.table import NO_FILTERS, Filters, RankingOptions, Span
from reelscore.index.base import VectorIndex
from reelscore.index.edge import filters as edge_filters
from reelscore.index.edge.index import EdgeIndex
from reelscore.library.backfill import refresh_facets
from reelscore.library.index_sync import refresh_indexes
from reelscore.records import AnalysedTrack, FloatArray, Hit, MusicFeatures, Track, TrackEmbedding
from reelscore.search.explain import Answer
from reelscore.wiring import Wiring

SONGS, DIM, SPACE = 150, 8, "lite-1"
ARTISTS = ("The Beatles", "Björk", "AC/DC", "Simon & Garfunkel", "!!!", "坂本龍一")
GENRES = ("Jazz", "Alternative Rock", "Hip-Hop", "Soul; Funk", None, "")
TAGS = ("piano", "jazz", "rock", "happy", "sad", "female vocals")
KEYS = ("A minor", "C major", "E minor", "F# major", None)
SOURCES = ("folder", "demo")


@dataclass(frozen=True)
class Library:
    catalog: Catalog
    edge: VectorIndex
    indexed: VectorIndex  # the same with the payload indexes of large collections
    memory: VectorIndex
    server: VectorIndex
    tracks: list[AnalysedTrack]
    query: FloatArray

    def hits(self, index: VectorIndex, filters: Filters) -> list[Hit]:
        return index.search(self.query, SONGS, where=filters)


def make_tracks() -> list[AnalysedTrack]:
    rng = np.random.default_rng(7)

    def pick(values: Any) -> Any:
        return values[rng.integers(len(values))]

    def maybe(value: Any) -> Any:
        return None if rng.random() < 0.15 else value

    tracks = []
    for number in range(SONGS):
        vector = rng.standard_normal(DIM).astype(np.float32)
        embedding = TrackEmbedding(
            space=SPACE,
            track=vector / np.linalg.norm(vector),
            windows=np.zeros((0, DIM), np.float32),
            window_starts=(),
            window_seconds=3.0,
        )
        tags = {tag: float(rng.random()) for tag in (*TAGS, "vocals")}
        tags["piano"] = float(pick((0.5, 0.4999, 0.7, 0.1)))
        tracks.append(
            AnalysedTrack(
                track=Track(
                    source=pick(SOURCES),
                    source_id=str(number),
                    title=f"Song {number}",
                    artists=tuple(dict.fromkeys(pick(ARTISTS) for _ in range(rng.integers(3)))),
                    genre=pick(GENRES),
                    year=maybe(int(rng.integers(1960, 2025))),
                    duration=maybe(float(rng.integers(30, 400))),
                ),
                content_hash=f"{number:064x}",
                features=MusicFeatures(
                    duration=float(rng.integers(20, 60)),
                    tempo_bpm=maybe(float(rng.integers(50, 200))),
                    key=pick(KEYS),
                    energy=maybe(float(np.round(rng.random(), 1))),
                    loudness_lufs=maybe(float(-rng.integers(5, 30))),
                ),
                embeddings=(embedding,),
                tags=tags if rng.random() > 0.1 else {},
                tags_space=SPACE,
            )
        )
    return tracks


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("filters")
    catalog = Catalog(f"sqlite:///{folder / 'library.sqlite3'}")
    tracks = make_tracks()
    ids = catalog.add(tracks)
    facets = catalog.facets(ids)
    edge, memory = EdgeIndex(folder / "index", SPACE, DIM), MemoryIndex(SPACE, DIM)
    indexed = EdgeIndex(folder / "index", f"{SPACE}-indexed", DIM)
    server = open_local_index(SPACE, DIM)
    vectors = np.stack([item.embeddings[0].track for item in tracks])
    with pytest.MonkeyPatch.context() as patch:
        for index in (edge, memory, indexed, server):
            patch.setattr(edge_filters, "INDEX_FIELDS_FROM", 1 if index is indexed else 1_000)
            index.upsert(ids, vectors, [facets[song] for song in ids])
    yield Library(catalog, edge, indexed, memory, server, tracks, vectors[0])
    for index in (edge, indexed, memory, server):
        index.close()
    catalog.close()


# --- the plain reading, written without a line of what is tested ---

SAME_ARTIST = {"the BEATLES": "The Beatles", "bjork": "Björk", "Ac Dc": "AC/DC"}
SAME_ARTIST |= {
    "simon and garfunkel": "Simon & Garfunkel",
    "!!!": "!!!",
    "坂本龍一": "坂本龍一",
    "nobody": "",
}
FOUND_UNDER = {
    "Jazz": {"jazz"},
    "Alternative Rock": {"alternative", "rock", "alternative rock"},
    "Hip-Hop": {"hip", "hop", "hip hop"},
    "Soul; Funk": {"soul", "funk"},
}
MIXES_WITH = {
    "A minor": {"A minor", "C major", "E minor", "D minor"},
    "C major": {"C major", "A minor", "G major", "F major"},
    "F# major": {"F# major", "Eb minor", "Db major", "B major"},
}


def inside(value: float | None, span: Span) -> bool:
    low, high = span
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def should_pass(item: AnalysedTrack, filters: Filters) -> bool:
    track, measured = item.track, item.features
    heard = {tag for tag, probability in item.tags.items() if probability >= 0.5}
    genres = FOUND_UNDER.get(track.genre or "", set()) or heard
    tempo = measured.tempo_bpm
    demands = [
        not filters.genres or bool({name.lower() for name in filters.genres} & genres),
        not filters.moods or bool({*filters.moods} & heard),
        not filters.tags or bool({*filters.tags} & heard),
        not {*filters.not_tags} & heard,
        not filters.sources or track.source in filters.sources,
        not filters.artists or any(SAME_ARTIST[name] in track.artists for name in filters.artists),
        not any(SAME_ARTIST[name] in track.artists for name in filters.not_artists),
    ]
    if filters.tempo_bpm is not None:
        factors = (1, 2, 0.5) if filters.half_double else (1,)
        low, high = filters.tempo_bpm
        spans = [(None if low is None else low * f, None if high is None else high * f) for f in factors]
        demands.append(any(inside(tempo, span) for span in spans))
    if filters.key is not None:
        keys = MIXES_WITH[filters.key] if filters.compatible_keys else {filters.key}
        demands.append(measured.key in keys)
    if filters.vocals is not None:
        sung = item.tags.get("vocals")
        sure = sung is not None and (sung >= 0.8 if filters.vocals else sung <= 0.2)
        demands.append(sure or (filters.unsure_vocals and sung is not None and 0.2 < sung < 0.8))
    seconds = track.duration if track.duration is not None else measured.duration
    for value, span in (
        (measured.energy, filters.energy),
        (measured.loudness_lufs, filters.loudness_lufs),
        (track.year, filters.year),
        (seconds, filters.duration),
    ):
        demands.append(span is None or inside(value, span))
    return all(demands)


def names(*known: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(known), min_size=1, max_size=3).map(tuple)


def spans(low: float, high: float, step: float) -> st.SearchStrategy[Span]:
    values = st.integers(0, round((high - low) / step)).map(lambda number: round(low + number * step, 3))
    closed = st.tuples(values, values).map(lambda pair: (min(pair), max(pair)))
    return closed | st.tuples(values, st.none()) | st.tuples(st.none(), values)


# Each filter with the fields that belong to it.
FILTERS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "genres": names("jazz", "ROCK", "hip hop", "soul", "polka", "happy").map(lambda n: {"genres": n}),
    "moods": names("happy", "sad").map(lambda n: {"moods": n}),
    "tags": names(*TAGS).map(lambda n: {"tags": n}),
    "not_tags": names(*TAGS).map(lambda n: {"not_tags": n}),
    "tempo": st.builds(
        lambda span, wide: {"tempo_bpm": span, "half_double": wide}, spans(40, 220, 10), st.booleans()
    ),
    "key": st.builds(
        lambda key, wide: {"key": key, "compatible_keys": wide}, st.sampled_from([*MIXES_WITH]), st.booleans()
    ),
    "energy": spans(0, 1, 0.1).map(lambda span: {"energy": span}),
    "loudness": spans(-32, -4, 1).map(lambda span: {"loudness_lufs": span}),
    "vocals": st.builds(
        lambda sung, unsure: {"vocals": sung, "unsure_vocals": unsure}, st.booleans(), st.booleans()
    ),
    "year": spans(1955, 2025, 5).map(lambda span: {"year": span}),
    "duration": spans(20, 420, 10).map(lambda span: {"duration": span}),
    "sources": names(*SOURCES, "itunes").map(lambda n: {"sources": n}),
    "artists": names(*SAME_ARTIST).map(lambda n: {"artists": n}),
    "not_artists": names(*SAME_ARTIST).map(lambda n: {"not_artists": n}),
}


def assert_all_agree(library: Library, filters: Filters) -> None:
    wanted = sorted(item.track.id for item in library.tracks if should_pass(item, filters))
    assert matching(library.catalog, filters) == wanted
    with library.catalog._engine.connect() as connection:  # asked of each song, as beside a search for names
        query = sa.select(schema.songs.c.id).where(passes(filters)).order_by(schema.songs.c.id)
        assert list(connection.execute(query).scalars()) == wanted
    memory = library.hits(library.memory, filters)
    assert sorted(hit.id for hit in memory) == wanted
    for index in (library.edge, library.indexed, library.server):
        found = library.hits(index, filters)
        assert [hit.id for hit in found] == [hit.id for hit in memory]
        assert np.allclose([hit.score for hit in found], [hit.score for hit in memory], atol=1e-5)


@pytest.mark.parametrize("name", FILTERS)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_filter_alone_gives_what_it_says(library: Library, name: str, data: st.DataObject) -> None:
    assert_all_agree(library, Filters(**data.draw(FILTERS[name])))


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations(FILTERS, 2)])
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_two_filters_give_what_both_say(library: Library, one: str, other: str, data: st.DataObject) -> None:
    assert_all_agree(library, Filters(**data.draw(FILTERS[one]), **data.draw(FILTERS[other])))


@settings(max_examples=60, deadline=None)
@given(chosen=st.sets(st.sampled_from([*FILTERS]), max_size=6), data=st.data())
def test_any_filters_give_what_all_say(library: Library, chosen: set[str], data: st.DataObject) -> None:
    filters = NO_FILTERS
    for name in sorted(chosen):
        filters = replace(filters, **data.draw(FILTERS[name]))
    assert_all_agree(library, filters)


# --- whole answers: words that also name songs, and songs, in all spaces ---

TITLES = ("Calm Piano", "Piano River", "Night Bus", "Sad Guitar", "Björk at Night", "1999")
# The first words name titles and describe, the second ones name artists, the third ones only describe.
WORDS = ("calm piano river", "Beatles night bus", "fast electronic dance music")
# Songs without tags would get those of their vectors when the library is opened.
ANSWERED = [item for item in make_tracks() if item.tags][:60]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    wiring = Wiring(Settings(home=tmp_path_factory.mktemp("answers")))
    rng = np.random.default_rng(11)
    tracks = []
    for number, item in enumerate(ANSWERED):
        embeddings = []
        for name in wiring.embedders.spaces:
            vector = rng.standard_normal(wiring.embedders.space(name).dim).astype(np.float32)
            vector /= np.linalg.norm(vector)
            embeddings.append(TrackEmbedding(name, vector, np.zeros((0, len(vector)), np.float32), (), 3.0))
        track = replace(item.track, title=TITLES[number % len(TITLES)], album=f"Album {number // 9}")
        space = wiring.lite.space.name
        tracks.append(replace(item, track=track, embeddings=tuple(embeddings), tags_space=space))
    refresh_facets(wiring)
    wiring.catalog.add(tracks)
    refresh_indexes(wiring)
    yield Asking(wiring)
    wiring.close()


PLAIN = RankingOptions(group_versions=False)


def assert_answers_are_exact(service: Asking, filters: Filters, data: st.DataObject) -> None:
    text, asked = data.draw(st.sampled_from(WORDS)), data.draw(st.sampled_from(ANSWERED)).track.id
    wanted = {item.track.id for item in ANSWERED if should_pass(item, filters)}

    def by_words(limit: int) -> Answer:
        return service.recommend_text(text, limit=limit, filters=filters, options=PLAIN)

    def by_song(limit: int) -> Answer:
        return service.recommend_song(asked, limit=limit, filters=filters, options=PLAIN)

    for ask, expected in ((by_words, wanted), (by_song, wanted - {asked})):
        answer = ask(SONGS)
        found = [song.song.id for song in answer.songs]
        assert len(found) == len(set(found))
        assert set(found) == expected
        assert answer.notes  # which say why there are not more
        few = ask(5)
        assert len(few.songs) == min(5, len(expected))
        assert {song.song.id for song in few.songs} <= expected
        for song in (*answer.songs, *few.songs):
            assert sum(song.parts.values()) == pytest.approx(song.score, abs=1e-6)


@pytest.mark.parametrize("name", FILTERS)
@settings(max_examples=2, deadline=None)
@given(data=st.data())
def test_answers_with_a_filter_are_exact(service: Asking, name: str, data: st.DataObject) -> None:
    assert_answers_are_exact(service, Filters(**data.draw(FILTERS[name])), data)


@settings(max_examples=25, deadline=None)
@given(pair=st.sampled_from([*itertools.combinations(FILTERS, 2)]), data=st.data())
def test_answers_with_two_filters_are_exact(
    service: Asking, pair: tuple[str, str], data: st.DataObject
) -> None:
    one, other = pair
    filters = Filters(**data.draw(FILTERS[one]), **data.draw(FILTERS[other]))
    assert_answers_are_exact(service, filters, data)
