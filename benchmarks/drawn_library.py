"""Draws the songs of a library at random, in the proportions of a real one, straight into SQL."""

from __future__ import annotations

import numpy as np

from reelscore.library.backfill import refresh_facets
from reelscore.records import AnalysedTrack, FloatArray, MusicFeatures, Track, TrackEmbedding
from reelscore.wiring import Wiring

BATCH = 2_000
CENTRES = 300
WINDOWS = 4
STARTS = tuple(7.5 * place for place in range(WINDOWS))
# Words of titles, the frequent ones first; behind them come made-up ones, rarer and rarer.
TITLE_WORDS = """love night you song time blue dance heart river dream calm rain fire moon light piano home
summer sad world sky girl good morning road gold sun wild happy star""".split()
GENRES = ("Rock", "Pop", "Alternative Rock", "Jazz", "Classical", "Hip-Hop", "Electronic", "Folk", "Metal")


def draw_vectors(rng: np.random.Generator, count: int, dim: int, centres: FloatArray) -> FloatArray:
    vectors = centres[rng.integers(CENTRES, size=count)] + rng.standard_normal((count, dim)).astype(
        np.float32
    )
    vectors[:, -1] = np.abs(vectors[:, -1]) + 1.0  # the constant dimension of the lite space is positive
    unit: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit.astype(np.float32)


def draw_titles(rng: np.random.Generator, count: int) -> list[str]:
    """Titles of one to four words, which are as frequent as Zipf's law says."""
    places = np.minimum(rng.zipf(1.3, size=(count, 4)), 20_000) - 1
    lengths = rng.integers(1, 5, size=count)
    return [
        " ".join(TITLE_WORDS[at] if at < len(TITLE_WORDS) else f"word{at}" for at in row[:length])
        for row, length in zip(places.tolist(), lengths, strict=True)
    ]


def draw_windows(rng: np.random.Generator, vectors: FloatArray, count: int = WINDOWS) -> FloatArray:
    """Windows (n, count, dim) around the vectors of songs (n, dim)."""
    noise = rng.standard_normal((len(vectors), count, vectors.shape[1])).astype(np.float32)
    windows = vectors[:, None] + 0.3 * noise / np.sqrt(np.float32(vectors.shape[1]))
    windows[..., -1] = vectors[:, None, -1]
    unit: FloatArray = windows / np.linalg.norm(windows, axis=2, keepdims=True)
    return unit


def fill(wiring: Wiring, songs: int, *, first: int = 0, windows_each: int = WINDOWS) -> None:
    """Add songs, the first of them with this number; the indexes are the caller's."""
    rng = np.random.default_rng(3)
    with_windows = {wiring.lite.space.name, wiring.embedders.sound_space}
    spaces = {name: wiring.embedders.space(name).dim for name in wiring.embedders.spaces}
    centres = {name: rng.standard_normal((CENTRES, dim)).astype(np.float32) for name, dim in spaces.items()}
    if first:  # other songs around the same centres
        rng = np.random.default_rng([3, first])
    tags = [tag for tag in wiring.embedders.tag_names if tag != "vocals"]
    keys = [f"{tonic} {mode}" for tonic in "C D E F G A B".split() for mode in ("major", "minor")]
    refresh_facets(wiring)
    for start in range(first, first + songs, BATCH):
        vectors = {name: draw_vectors(rng, BATCH, dim, centres[name]) for name, dim in spaces.items()}
        windows = {name: draw_windows(rng, vectors[name], windows_each) for name in with_windows}
        titles = draw_titles(rng, BATCH)
        batch = []
        for place in range(min(BATCH, first + songs - start)):
            number = start + place
            heard = rng.choice(tags, size=8, replace=False)
            sung = 0.9 if rng.random() < 0.2 else 0.1
            stated = Track(
                source="folder",
                source_id=str(number),
                title=titles[place],
                artists=(f"Artist {number % ((first + songs) // 30 or 1)}",),
                album=f"Album {number // 12}",
                genre=GENRES[int(rng.integers(len(GENRES)))] if rng.random() < 0.8 else None,
                year=int(rng.integers(1960, 2025)),
                duration=float(rng.uniform(90, 400)),
            )
            measured = MusicFeatures(
                duration=30.0,
                tempo_bpm=float(rng.uniform(60, 180)),
                key=keys[int(rng.integers(len(keys)))],
                energy=float(rng.random()),
                energy_curve=tuple(rng.random(30)),
                loudness_lufs=float(-rng.uniform(5, 25)),
            )
            embeddings = tuple(
                TrackEmbedding(name, rows[place], windows[name][place], STARTS[:windows_each], 3.0)
                if name in windows
                else TrackEmbedding(name, rows[place], rows[:0], (), 3.0)
                for name, rows in vectors.items()
            )
            probabilities = {**dict.fromkeys(map(str, heard), 0.8), "vocals": sung}
            batch.append(
                AnalysedTrack(
                    stated,
                    f"{number:064x}",
                    measured,
                    embeddings,
                    tags=probabilities,
                    tags_space=wiring.lite.space.name,
                )
            )
        wiring.catalog.add(batch)
