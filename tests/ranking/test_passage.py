from __future__ import annotations

import numpy as np
import pytest

from reelscore.ranking.passages import Course, best_passage, course_of
from reelscore.records import FloatArray, Passage, Section, TrackEmbedding, VideoAnalysis

QUERY = np.array([1.0, 0.0], dtype=np.float32)


def embedding(closeness: list[float], every: float = 10.0) -> TrackEmbedding:
    """A song with one 3 s window every `every` seconds that lie so close to the query."""
    windows: FloatArray = np.array([[c, np.sqrt(1 - c * c)] for c in closeness], dtype=np.float32)
    starts = tuple(every * i for i in range(len(closeness)))
    return TrackEmbedding("test", QUERY, windows, starts, 3.0)


def test_the_closest_stretch_is_chosen() -> None:
    passage = best_passage(embedding([0.1, 0.1, 0.9, 0.9, 0.1, 0.1]), QUERY, length=14.0, song_duration=60.0)
    assert passage is not None
    assert passage.start <= 20.0
    assert passage.end >= 33.0
    assert passage.end - passage.start == 14.0
    assert passage.why == "closest to the query"


def test_a_passage_never_leaves_the_song() -> None:
    passage = best_passage(embedding([0.1] * 5 + [0.9]), QUERY, length=20.0, song_duration=55.0)
    assert passage is not None
    assert passage.start >= 0.0
    assert passage.end <= 55.0


def test_a_short_song_is_taken_whole() -> None:
    passage = best_passage(embedding([0.5, 0.6]), QUERY, length=60.0, song_duration=20.0)
    assert passage is not None
    assert (passage.start, passage.end) == (0.0, 20.0)


def test_an_even_song_says_that_any_part_fits() -> None:
    passage = best_passage(embedding([0.5] * 6), QUERY, length=10.0, song_duration=60.0)
    assert passage is not None
    assert passage.start == 0.0
    assert "even" in passage.why


def test_a_passage_begins_on_a_beat() -> None:
    beats = tuple(np.arange(0.3, 60, 0.75))
    passage = best_passage(
        embedding([0.1, 0.1, 0.9, 0.9, 0.1, 0.1]), QUERY, length=14.0, song_duration=60.0, beats=beats
    )
    assert passage is not None
    assert min(abs(passage.start - beat) for beat in beats) < 0.01


def test_a_song_without_windows_has_no_passage() -> None:
    empty = TrackEmbedding("test", QUERY, np.zeros((0, 2), np.float32), (), 3.0)
    assert best_passage(empty, QUERY, length=10.0, song_duration=60.0) is None


# --- the course of a video ---

SECONDS = np.arange(120)
RISE = tuple(np.linspace(0.1, 0.9, 20))
FALL = tuple(np.linspace(0.9, 0.1, 20))


def song_with(start: int, part: tuple[float, ...], level: float = 0.5) -> tuple[float, ...]:
    """A song of two minutes that is even but for one part."""
    rng = np.random.default_rng(start)
    energy = level + rng.normal(0, 0.01, 120)
    energy[start : start + len(part)] = part
    return tuple(float(value) for value in energy)


def passage_of(energy: tuple[float, ...], course: Course | None, **options: object) -> Passage:
    passage = best_passage(
        embedding([0.5] * 12), QUERY, length=20.0, song_duration=120.0, energy_curve=energy, course=course,
        **options,  # type: ignore[arg-type]
    )  # fmt: skip
    assert passage is not None
    return passage


@pytest.mark.parametrize("at", [10, 47, 90])
@pytest.mark.parametrize(
    ("part", "words"), [(RISE, "rises as the picture's"), (FALL, "falls as the picture's")]
)
def test_a_video_gets_the_passage_that_goes_its_way(at: int, part: tuple[float, ...], words: str) -> None:
    passage = passage_of(song_with(at, part), Course(part))
    assert passage.start == pytest.approx(at, abs=2.0)
    assert passage.end - passage.start == pytest.approx(20.0)
    assert words in passage.why


def test_rising_and_falling_videos_get_opposite_passages() -> None:
    energy = list(song_with(20, RISE))
    energy[70:90] = FALL
    rising, falling = (passage_of(tuple(energy), Course(part)) for part in (RISE, FALL))
    assert rising.start == pytest.approx(20, abs=2.0)
    assert falling.start == pytest.approx(70, abs=2.0)


def test_a_peak_in_the_middle_is_put_under_a_peak() -> None:
    peak = (*np.linspace(0.2, 0.9, 10), *np.linspace(0.9, 0.2, 10))
    passage = passage_of(song_with(55, peak, level=0.2), Course(peak))
    assert passage.start == pytest.approx(55, abs=2.0)
    assert "up and down" in passage.why


def test_an_even_video_leaves_the_choice_to_the_query() -> None:
    course = Course((0.4,) * 20)
    closest = best_passage(
        embedding([0.1] * 7 + [0.9, 0.9] + [0.1] * 3), QUERY, length=20.0, song_duration=120.0,
        energy_curve=song_with(10, RISE), course=course,
    )  # fmt: skip
    assert closest is not None
    assert 60.0 <= closest.start <= 80.0
    assert closest.why == "closest to the query"


def test_the_music_changes_where_the_picture_does() -> None:
    energy = tuple(np.where(SECONDS < 63, 0.3, 0.6).tolist())
    # The energy of the pictures is even; what is in them changes after 8 seconds.
    passage = passage_of(energy, Course((0.45,) * 20, changes=(8.0,)))
    assert passage.start + 8.0 == pytest.approx(63.0, abs=1.6)
    assert "changes where the picture does" in passage.why


def test_a_calm_video_gets_the_calmer_half() -> None:
    energy = tuple(np.where(SECONDS < 60, 0.2, 0.8).tolist())
    calm, busy = (passage_of(energy, Course((level,) * 20)) for level in (0.15, 0.85))
    assert calm.end <= 61.0
    assert busy.start >= 59.0


def test_a_passage_that_follows_the_picture_begins_on_a_sure_beat() -> None:
    beats = tuple(np.arange(0.35, 120, 0.6))
    passage = passage_of(song_with(47, RISE), Course(RISE), beats=beats)
    assert min(abs(passage.start - beat) for beat in beats) < 0.01
    assert passage.start == pytest.approx(47, abs=2.0)


def test_a_course_is_stretched_to_the_passage() -> None:
    # Curves have a value for each begun second, so they may be one longer than the video.
    passage = passage_of(song_with(40, RISE), Course((*RISE, 0.9)))
    assert passage.start == pytest.approx(40, abs=2.0)


def test_the_course_of_an_analysis_is_measured_or_taken_from_its_sections() -> None:
    sections = (Section(0.0, 4.0, 0.2, "calm"), Section(4.0, 10.0, 0.8, "driving"))
    analysis = VideoAnalysis("", "", (), "", (), "", "", "test", sections=sections)
    course = course_of(analysis)
    assert course is not None
    assert tuple(course.energy) == (0.2,) * 4 + (0.8,) * 6
    assert tuple(course.changes) == (4.0,)
    assert course_of(VideoAnalysis("", "", (), "", (), "", "", "test")) is None
