from __future__ import annotations

import pytest

from asked import Asking
from reelscore.errors import InvalidInputError, NotFoundError
from reelscore.records import MusicQuery, Phrase
from reelscore.search.explain import Answer
from reelscore.sources.demo import demo_videos
from reelscore.wiring import Wiring


@pytest.fixture(scope="module")
def service(shared_demo_wiring: Wiring) -> Asking:
    return Asking(shared_demo_wiring)


def ids(answer: Answer) -> list[str]:
    return [item.song.id for item in answer.songs]


def share_of(answer: Answer, genre: str) -> float:
    return sum(item.song.labels["genre"] == genre for item in answer.songs) / len(answer.songs)


def test_a_guide_turns_the_songs_of_a_video(service: Asking) -> None:
    video = demo_videos()[0]
    electronic = service.recommend_video(video, guide="but electronic, with synthesizers", limit=8)
    acoustic = service.recommend_video(video, guide="with acoustic guitar, nothing electronic", limit=8)
    assert share_of(electronic, "electronic") > share_of(acoustic, "electronic")
    assert electronic.query["guide"] == "but electronic, with synthesizers"
    assert sum(phrase["weight"] for phrase in electronic.query["phrases"]) == pytest.approx(1.0)


def test_what_somebody_says_of_a_film_leads(service: Asking) -> None:
    video = demo_videos()[0]
    club = service.recommend_video(video, about="nightclub, dancing", limit=8)
    fire = service.recommend_video(video, about="camp fire, friends, autumn", limit=8)
    assert share_of(club, "electronic") > share_of(fire, "electronic")
    assert club.query["decided"]["style"] == "your words"
    assert club.query["weights"] == {"relevance": 0.85, "tempo": 0.05, "energy": 0.1}
    edited = service.search(
        MusicQuery((Phrase("piano"),)), analysis_id=club.analysis_id, about="nightclub", limit=3
    )
    assert edited.query["decided"]["style"] == "your edit"


def test_what_is_avoided_moves_down(service: Asking) -> None:
    plain = service.search(MusicQuery((Phrase("happy"),)), limit=8)
    avoiding = service.search(MusicQuery((Phrase("happy"),), avoid=(Phrase("electronic", 0.5),)), limit=8)
    assert share_of(avoiding, "electronic") < share_of(plain, "electronic")
    for item in avoiding.songs:
        assert sum(item.parts.values()) == pytest.approx(item.score)


def test_a_phrase_called_as_another_part_of_the_score_counts_too(service: Asking) -> None:
    phrases = (Phrase("energy"), Phrase("piano"))
    answer = service.search(MusicQuery(phrases, tempo_bpm=(80.0, 120.0), energy=0.5), limit=8)
    for item in answer.songs:
        assert {"“energy”", "piano", "energy", "tempo"} <= item.parts.keys()
        assert sum(item.parts.values()) == pytest.approx(item.score)


def test_a_reference_song_pulls_the_answer_towards_it(service: Asking) -> None:
    alone = service.recommend_text("happy", limit=28)
    like = next(item.song for item in alone.songs if item.song.labels["genre"] == "electronic")
    answer = service.recommend_text("happy", song=like.id, limit=5)
    assert like.id not in ids(answer)
    assert share_of(answer, "electronic") >= share_of(service.recommend_text("happy", limit=5), "electronic")
    assert "lite-1" in answer.space
    assert "taggers-1" in answer.space


def test_edited_phrases_are_searched_without_a_new_analysis(service: Asking) -> None:
    first = service.recommend_video(demo_videos()[0], limit=3)
    again = service.search(MusicQuery(()), analysis_id=first.analysis_id, limit=3)
    assert ids(again) == ids(first)
    edited = service.search(
        MusicQuery((Phrase("electronic dance music"),), energy=0.9), analysis_id=first.analysis_id, limit=3
    )
    assert ids(edited) != ids(first)
    assert first.analysis is not None
    assert first.analysis.measurements is not None
    for item in edited.songs:
        assert item.passage is not None
        length = item.passage.end - item.passage.start
        assert length == pytest.approx(first.analysis.measurements.duration, abs=0.1)


def test_a_heavier_phrase_counts_more(service: Asking) -> None:
    def electronic(weight: float) -> float:
        phrases = (Phrase("acoustic guitar", 1.0), Phrase("electronic synthesizer", weight))
        return share_of(service.search(MusicQuery(phrases), limit=8), "electronic")

    assert electronic(0.1) <= electronic(1.0) <= electronic(10.0)
    assert electronic(0.1) < electronic(10.0)


def test_nothing_to_search_with_is_refused(service: Asking) -> None:
    with pytest.raises(InvalidInputError, match="at least one phrase"):
        service.search(MusicQuery(()))
    with pytest.raises(NotFoundError, match="analysis"):
        service.search(MusicQuery((Phrase("piano"),)), analysis_id="unknown")
    with pytest.raises(NotFoundError):
        service.recommend_text("piano", song="unknown")
