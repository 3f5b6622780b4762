"""The gate: answers on the demo catalogue must stay as good as the figures in docs/evaluation.md say."""

from __future__ import annotations

import numpy as np
import pytest

from asked import Asking
from reelscore.evaluation.metrics import average_precision, key_mirex, tempo_accuracy_1, tempo_accuracy_2
from reelscore.filters.table import RankingOptions
from reelscore.filters.terms import voice_of
from reelscore.records import Song
from reelscore.wiring import Wiring

MOODS = ("calm", "energetic", "happy", "nostalgic", "tender")
GENRES = ("acoustic", "electronic")
# The titles of the demo catalogue say its labels.
BY_SOUND = RankingOptions(names=False)


@pytest.fixture(scope="module")
def songs(shared_demo_wiring: Wiring) -> list[Song]:
    return shared_demo_wiring.catalog.list_songs(limit=100)[0]


def test_words_of_the_labels_find_their_genre_and_mood(shared_demo_wiring: Wiring) -> None:
    service = Asking(shared_demo_wiring)
    genres, moods = [], []
    for mood in MOODS:
        for genre in GENRES:
            answer = service.recommend_text(f"{mood} {genre}", limit=5, options=BY_SOUND)
            labels = [item.song.labels for item in answer.songs]
            genres.append(sum(label["genre"] == genre for label in labels))
            moods.append(sum(label["mood"] == mood for label in labels))
    assert np.mean(genres) >= 4.5
    assert np.mean(moods) >= 2.0


def test_songs_of_one_mood_and_genre_find_each_other(shared_demo_wiring: Wiring, songs: list[Song]) -> None:
    service = Asking(shared_demo_wiring)
    precisions = []
    for song in songs:
        answer = service.recommend_song(song.id, limit=27).songs
        relevant = np.array([_labels(item.song) == _labels(song) for item in answer])
        precisions.append(average_precision(relevant, total=int(relevant.sum())))
    assert np.mean(precisions) >= 0.72


def test_hardly_any_song_of_the_catalogue_which_nobody_sings_is_said_to_be_sung(
    shared_demo_wiring: Wiring, songs: list[Song]
) -> None:
    heard = shared_demo_wiring.catalog.heard([song.id for song in songs])
    voices = [voice_of(tags) for tags, _ in heard.values()]
    assert len(voices) == len(songs)
    assert voices.count("sung") <= 2
    assert voices.count("instrumental") >= 14


def test_tempo_and_key_agree_with_the_labels(shared_demo_wiring: Wiring, songs: list[Song]) -> None:
    found = shared_demo_wiring.catalog.features([song.id for song in songs])
    tempi = [(found[song.id].tempo_bpm, float(song.labels["tempo_bpm"])) for song in songs]
    keys = [(found[song.id].key, song.labels["key"]) for song in songs]
    assert np.mean([tempo_accuracy_1(*pair) for pair in tempi]) >= 0.89
    assert np.mean([tempo_accuracy_2(*pair) for pair in tempi]) >= 0.96
    assert np.mean([key_mirex(*pair) for pair in keys]) >= 0.78


def _labels(song: Song) -> tuple[str, str]:
    return song.labels["mood"], song.labels["genre"]
