from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from asked import Asking
from reelscore.config import Settings
from reelscore.errors import EmptyLibraryError, InvalidInputError, MediaError, NotFoundError
from reelscore.facade import MusicVectorizationService, RecommendationService, VideoAnalysisService
from reelscore.sources.demo import demo_videos
from reelscore.wiring import Wiring

DOCUMENTED = {"id", "title", "artists", "album", "duration", "videoId", "thumbnails", "score"}
ANALYSIS = {
    "description",
    "music_recommendation",
    "keywords",
    "mood",
    "genre_suggestions",
    "tempo",
    "energy_level",
}


@pytest.fixture(scope="module")
def service(shared_demo_wiring: Wiring) -> RecommendationService:
    return RecommendationService(shared_demo_wiring)


def demo_ids(wiring: Wiring) -> list[str]:
    songs, _ = wiring.catalog.list_songs(limit=100)
    return [song.id for song in songs]


def test_a_sentence_gives_songs_in_the_documented_shape(service: RecommendationService) -> None:
    songs = service.recommend_by_text_query("calm acoustic guitar", limit=4)
    assert len(songs) == 4
    for song in songs:
        assert song.keys() >= DOCUMENTED
        assert song["duration"] in ("0:29", "0:30", "0:31", "0:32", "0:33")
        assert Path(song["uri"]).is_file()
        assert song["reasons"]
        assert sum(song["parts"].values()) == pytest.approx(song["score"], abs=1e-4)
    assert [song["score"] for song in songs] == sorted((song["score"] for song in songs), reverse=True)


def test_an_answer_is_json_and_names_its_space(service: RecommendationService) -> None:
    answer = json.loads(json.dumps(Asking(service._wiring).recommend_text("piano").to_dict()))
    assert answer["space"] == "lite-1"
    assert answer["query"]["text"] == "piano"


def test_the_same_question_has_the_same_answer(service: RecommendationService) -> None:
    assert service.recommend_by_text_query("happy pop") == service.recommend_by_text_query("happy pop")


def test_the_limit_may_be_the_whole_library(service: RecommendationService) -> None:
    assert len(service.recommend_by_text_query("piano", limit=500)) == 28


def test_a_song_is_never_in_its_own_answer(
    service: RecommendationService, shared_demo_wiring: Wiring
) -> None:
    for song in demo_ids(shared_demo_wiring)[:5]:
        answer = service.recommend_by_song(song, limit=27)
        assert len(answer) == 27
        assert song not in {item["id"] for item in answer}


def test_a_file_of_the_library_is_known_by_its_content(
    service: RecommendationService, shared_demo_wiring: Wiring, tmp_path: Path
) -> None:
    song = shared_demo_wiring.catalog.song(demo_ids(shared_demo_wiring)[0])
    copy = tmp_path / "copy.opus"
    shutil.copy(str(song.uri), copy)
    by_file, by_id = service.recommend_by_song(copy), service.recommend_by_song(song.id)
    assert by_file == by_id


def test_a_new_file_is_heard_and_not_added(
    service: RecommendationService, shared_demo_wiring: Wiring
) -> None:
    answer = Asking(service._wiring).recommend_song(
        next(path for path in demo_videos() if "bunny" in path.name), limit=3
    )
    assert len(answer.songs) == 3
    assert shared_demo_wiring.catalog.counts()["songs"] == 28


def test_a_video_gives_its_analysis_and_songs(service: RecommendationService) -> None:
    analysis, songs = service.analyze_video_and_recommend(demo_videos()[0], limit=3)
    assert analysis.keys() >= ANALYSIS
    assert analysis["analyzer"] == "local"
    assert len(songs) == 3
    duration = analysis["measurements"]["duration"]
    for song in songs:
        passage = song["passage"]
        assert passage["end"] - passage["start"] == pytest.approx(duration, abs=0.1)
        assert 0 <= passage["start"] <= passage["end"] <= 33


def test_an_analysis_is_stored(service: RecommendationService, shared_demo_wiring: Wiring) -> None:
    answer = Asking(service._wiring).recommend_video(demo_videos()[0], limit=1)
    assert answer.analysis_id is not None
    assert shared_demo_wiring.catalog.analysis(answer.analysis_id) == answer.analysis


def test_the_analysis_alone_has_the_documented_fields(shared_demo_wiring: Wiring) -> None:
    analysis = VideoAnalysisService(wiring=shared_demo_wiring).analyze_video(demo_videos()[0])
    assert analysis.keys() >= ANALYSIS


def test_the_vector_of_a_file_has_unit_length(shared_demo_wiring: Wiring) -> None:
    song = shared_demo_wiring.catalog.song(demo_ids(shared_demo_wiring)[0])
    service = MusicVectorizationService(shared_demo_wiring)
    vector = service.extract_audio_features(str(song.uri))
    assert vector.dtype == "float32"
    assert float(vector @ vector) == pytest.approx(1.0, abs=1e-5)
    assert service.search_similar_music("piano", limit=2)[0]["score"] > 0


def test_statistics_have_the_documented_fields(service: RecommendationService) -> None:
    service.recommend_by_text_query("piano")
    stats = service.database_stats()
    assert stats == {
        "collection_name": "lite-1",
        "vectors_count": 28,
        "points_count": 28,
        "status": "green",
    }


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_sentence_is_refused(service: RecommendationService, text: str) -> None:
    with pytest.raises(InvalidInputError, match="empty"):
        Asking(service._wiring).recommend_text(text)


def test_words_that_say_nothing_about_music_are_answered_with_advice(service: RecommendationService) -> None:
    found = Asking(service._wiring).recommend_text("qzxv wkjh 2387")
    assert found.songs == () and "name a genre" in found.notes[0]


@pytest.mark.parametrize("limit", [0, -3])
def test_a_limit_below_one_is_refused(service: RecommendationService, limit: int) -> None:
    with pytest.raises(InvalidInputError, match="limit"):
        Asking(service._wiring).recommend_text("piano", limit=limit)


def test_an_unknown_song_is_named(service: RecommendationService) -> None:
    with pytest.raises(NotFoundError, match=r"no-such-song.mp3 is neither"):
        Asking(service._wiring).recommend_song("no-such-song.mp3")


def test_a_file_that_is_not_a_video_is_refused(service: RecommendationService, tmp_path: Path) -> None:
    fake = tmp_path / "fake.mp4"
    fake.write_text("this is text")
    with pytest.raises(MediaError, match=r"fake\.mp4"):
        Asking(service._wiring).recommend_video(fake)


def test_an_empty_library_says_how_to_fill_it(tmp_path: Path) -> None:
    wiring = Wiring(Settings(home=tmp_path / "empty"))
    service = RecommendationService(wiring)
    with pytest.raises(EmptyLibraryError, match="reelscore ingest"):
        Asking(service._wiring).recommend_text("piano")
    with pytest.raises(EmptyLibraryError):
        Asking(service._wiring).recommend_song("x")
    wiring.close()
