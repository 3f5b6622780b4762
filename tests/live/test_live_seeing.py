"""What a live picture shows: words that hold, looks that nothing waits for, and how they lead the search."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from drawn_stream import CALM, DARK, Scene, drawn
from numpy.typing import NDArray
from set_songs import song_values, track_of

from patience import wait_until
from picture_models import GREEN, RED, install_clip
from reelscore.embedding.clip.reader import find_reader
from reelscore.errors import ModelError
from reelscore.live.deciding import Seen, query_of
from reelscore.live.inputs import Picture, pieces_of, read_source
from reelscore.live.looking import Watcher
from reelscore.live.running import Run
from reelscore.live.seeing import HeldWords, PictureModels, SceneReader
from reelscore.live.session import LiveSet
from reelscore.query.form import Query
from reelscore.records import Phrase, VideoAnalysis, VideoMeasurements
from reelscore.video.showing import SeenWord, Showing

FOREST = SeenWord("forest", 0.6, "acoustic folk guitar and flute")
CALM_WORD = SeenWord("peaceful", 0.5, "calm ambient")
SONGS = [song_values(number, bpm=90 + number, energy=0.3) for number in range(6)]


def showing(*scene: SeenWord, mood: Sequence[SeenWord] = ()) -> Showing:
    return Showing("small", "1", scene=scene, mood=tuple(mood))


def view(colour: tuple[int, int, int] = GREEN) -> NDArray[np.uint8]:
    noise = np.random.default_rng(1).integers(-25, 26, (14, 20, 1))
    blocks = np.kron(noise, np.ones((16, 16, 1), int))
    return np.clip(np.array(colour) + blocks, 0, 255).astype(np.uint8)


def small(time: float, shown: NDArray[np.uint8] | None) -> Picture:
    return Picture(time, np.zeros((36, 64, 3), np.uint8), shown)


class Reader:
    """Tells the same of every picture; may hang or fail."""

    cache_key = "reader"

    def __init__(self, read: Callable[[], Showing] = lambda: showing(FOREST)) -> None:
        self.looks = 0
        self._read = read

    def read(self, pictures: Sequence[NDArray[np.uint8]], *, tick: Callable[[], None] = print) -> Showing:
        self.looks += 1
        return self._read()

    def close(self) -> None:
        pass


def a_set(asked: list[Query] | None = None) -> tuple[LiveSet, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    questions = [] if asked is None else asked

    def ask(query: Query) -> dict[str, Any]:
        questions.append(query)
        return {"songs": SONGS}

    return LiveSet(ask=ask, load=track_of, emit=lambda event: events.append(dict(event))), events


def figures_of(scene: dict[str, float]) -> VideoMeasurements:
    watcher = Watcher()
    for time, image in drawn([Scene(4.0, **scene)]):
        watcher.add(time, image)
    return watcher.look().figures


# --- words that hold ---------------------------------------------------------------------------------


def words_after(*looks: Sequence[SeenWord]) -> list[dict[str, float]]:
    held = HeldWords()
    found = [held.add(2.0 * at, showing(*look)) for at, look in enumerate(looks)]
    return [{seen.word: pytest.approx(seen.score) for seen in each.words} for each in found]


def test_a_word_is_seen_once_three_looks_told_it() -> None:
    assert words_after([FOREST], [FOREST], [FOREST]) == [{}, {}, {"forest": 0.6}]


def test_a_word_that_flickers_is_never_seen() -> None:
    assert not any(words_after(*([FOREST], []) * 6))
    assert not any(words_after(*([FOREST], [FOREST], []) * 6))


def test_a_seen_word_fades_and_goes_after_three_looks_without_it() -> None:
    found = words_after([FOREST], [FOREST], [FOREST], [], [], [])
    assert found[2:] == [{"forest": 0.6}, {"forest": 0.4}, {"forest": 0.2}, {}]


def test_the_surest_word_comes_first_and_groups_stay_apart() -> None:
    beach = SeenWord("beach", 0.2, "surf rock")
    held = HeldWords()
    for time in (0.0, 2.0, 4.0):
        found = held.add(time, showing(beach, FOREST, mood=[CALM_WORD]))
    assert [seen.word for seen in found.scene] == ["forest", "beach"]
    assert found.mood == (CALM_WORD,)
    assert found.times == (0.0, 2.0, 4.0)


# --- looks ------------------------------------------------------------------------------------------


def test_at_most_one_look_in_two_seconds_of_the_stream() -> None:
    reader = Reader()
    scenes = SceneReader(reader)
    for at in range(25):
        scenes.offer(small(at / 2, view()))
        wait_until(lambda: not scenes.is_busy)
    assert reader.looks == 7  # at 0, 2, .. 12


def test_pictures_that_show_nothing_are_not_looked_at() -> None:
    reader = Reader()
    scenes = SceneReader(reader)
    scenes.offer(small(0.0, None))
    scenes.offer(small(2.0, np.zeros((224, 398, 3), np.uint8)))
    assert not scenes.is_busy
    assert reader.looks == 0


class Pictures:
    """A source of drawn pictures, each with a view."""

    elapsed = 0.0

    def __iter__(self) -> Iterator[Picture]:
        for self.elapsed, image in drawn([Scene(10.0, **CALM), Scene(10.0, **DARK)], every=3):
            yield Picture(self.elapsed, image, view())


def events_with(models: PictureModels) -> list[dict[str, Any]]:
    live, events = a_set()
    run = Run(live, Pictures(), act=lambda now: models.report(live, now), show=models.offer)  # type: ignore[arg-type]
    run.go()
    return events


def test_a_look_that_hangs_delays_nothing_and_none_queues() -> None:
    release = threading.Event()

    def hang() -> Showing:
        release.wait()
        return showing(FOREST)

    reader = Reader(hang)
    scenes = SceneReader(reader)
    events = events_with(PictureModels(scenes))
    assert scenes.is_busy
    assert reader.looks == 1
    assert events == events_with(PictureModels())
    assert {event["event"] for event in events} >= {"cut", "mood", "song"}
    release.set()
    scenes.close()


def test_a_model_that_fails_is_told_once_and_the_set_goes_on() -> None:
    def fail() -> Showing:
        raise ModelError("the model is damaged")

    live, events = a_set()
    scenes = SceneReader(Reader(fail))
    models = PictureModels(scenes)
    for time in (0.0, 2.0, 4.0):
        models.offer(small(time, view()))
        wait_until(lambda: not scenes.is_busy)
        models.report(live, time)
    message = "what the picture shows is not known: the model is damaged"
    assert events == [{"event": "problem", "time": 0.0, "message": message}]


def test_the_picture_model_tells_what_holds_and_only_changes(tmp_path: Path) -> None:
    install_clip(tmp_path / "models")
    reader = find_reader(tmp_path / "models")
    assert reader is not None
    live, events = a_set()
    scenes = SceneReader(reader)
    models = PictureModels(scenes)
    for at in range(14):
        models.offer(small(2.0 * at, view(GREEN if at < 6 else RED)))
        wait_until(lambda: not scenes.is_busy)
        models.report(live, 2.0 * at)
    reader.close()
    first, *others = events
    assert (first["event"], first["time"]) == ("seen", 4.0)
    assert "forest" in [each["word"] for each in first["words"]]
    assert all(0.12 <= each["score"] <= 1.0 for each in first["words"])
    assert "clip" in first["model"]
    assert "forest" not in [each["word"] for each in others[-1]["words"]]
    assert 16.0 <= others[-1]["time"] <= 18.0  # red from 12 on: three looks with it, three without green
    assert len(others) <= 2


# --- how they lead ------------------------------------------------------------------------------------


def test_words_lead_style_and_the_measurements_pace() -> None:
    figures = figures_of(CALM)
    plain = query_of(figures, Query(), limit=5)
    led = query_of(figures, Query(), Seen(showing(FOREST)), limit=5)
    weights = {phrase.text: phrase.weight for phrase in led.phrases}  # type: ignore[union-attr]
    assert max(weights, key=weights.__getitem__) == FOREST.music
    for phrase in plain.phrases:  # type: ignore[union-attr]
        assert weights[phrase.text] == pytest.approx(0.25 * phrase.weight)
    assert (led.tempo_bpm, led.energy) == (plain.tempo_bpm, plain.energy)


def said_by_model() -> VideoAnalysis:
    return VideoAnalysis(
        description="Two people walk through a forest.",
        music_recommendation="folk",
        keywords=("forest",),
        mood="calm",
        genre_suggestions=("folk",),
        tempo="Slow",
        energy_level="Low",
        analyzer="vision:eyes",
        phrases=(Phrase("slow folk guitar", 1.0),),
        tempo_bpm=(40.0, 50.0),
        energy=0.01,
    )


def test_what_a_model_says_leads_style_before_words_and_the_pace_is_of_now() -> None:
    figures = figures_of(CALM)
    plain = query_of(figures, Query(), limit=5)
    led = query_of(figures, Query(), Seen(showing(FOREST), said_by_model()), limit=5)
    assert led.phrases == (Phrase("slow folk guitar", 1.0),)
    assert (led.tempo_bpm, led.energy) == (plain.tempo_bpm, plain.energy)


def test_speech_of_now_still_wants_no_vocals_where_a_model_leads() -> None:
    figures = replace(figures_of(CALM), has_audio=True, speech=0.9)
    led = query_of(figures, Query(), Seen(said=said_by_model()), limit=5)
    assert "vocals" in [phrase.text for phrase in led.avoid]  # type: ignore[union-attr]


def test_words_lead_the_next_song_cause_none_and_wait_while_the_music_is_held() -> None:
    asked: list[Query] = []
    live, events = a_set(asked)
    shown = {12.0: [FOREST], 20.0: []}
    for time, image in drawn([Scene(60.0, **CALM)], every=5):
        live.picture(time, image)
        if time in shown:
            live.shows(showing(*shown[time]), time)
        live.hold(time >= 18.0, time)
        live.tick(time)
    songs = [event["why"] for event in events if event["event"] == "song"]
    assert songs == ["start", "end"]
    texts = [[phrase.text for phrase in query.phrases] for query in asked]  # type: ignore[union-attr]
    # Nothing was chosen between the word and the hold, so the held music is that of before.
    assert all(FOREST.music not in each for each in texts)
    live.shows(showing(FOREST), 60.0)
    live.hold(False, 60.0)
    live.skip(60.0)
    live.tick(60.1)
    assert FOREST.music in [phrase.text for phrase in asked[-1].phrases]  # type: ignore[union-attr]
    assert [event["words"] for event in events if event["event"] == "seen"] == [
        [{"word": "forest", "score": 0.6}],
        [],
        [{"word": "forest", "score": 0.6}],
    ]


# --- views --------------------------------------------------------------------------------------------


def test_a_picture_comes_with_a_view_every_two_seconds_if_they_are_wanted(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for _ in range(60):
            frame = av.VideoFrame.from_ndarray(np.full((360, 640, 3), 90, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    source = read_source(str(path), frozenset())
    for wanted in (True, False):
        pictures = [one for one in pieces_of(source, frozenset(), views=wanted) if isinstance(one, Picture)]
        views = [(one.time, one.view.shape) for one in pictures if one.view is not None]
        assert len(pictures) == 60
        assert views == ([(time, (224, 398, 3)) for time in (0.0, 2.0, 4.0)] if wanted else [])
