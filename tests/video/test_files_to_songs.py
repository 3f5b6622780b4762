"""From encoded files to songs of the demo catalogue: what the analyser measures must reach the answer.

Each direction is held on files that differ in one thing, so that a wrong sign anywhere between the decoder
and the ranking cannot hide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import video_files as vf
from numpy.typing import NDArray

from asked import Asking
from reelscore.audio.decode import load
from reelscore.records import Phrase, VideoAnalysis
from reelscore.search.explain import Answer
from reelscore.video.local.analyzer import LocalAnalyzer
from reelscore.wiring import Wiring

Tint = tuple[float, float, float]
WARM: Tint = (1.4, 1.0, 0.6)
COOL: Tint = (0.6, 1.0, 1.4)
NEUTRAL: Tint = (1.0, 1.0, 1.0)
SECONDS = 12


@dataclass(frozen=True)
class Clip:
    """What is in a clip of twelve seconds; the scenery is the same for all of them."""

    cuts: int = 3
    step: float = 0.5  # pixels that the camera moves from frame to frame
    light: float = 1.0
    tint: Tint = NEUTRAL
    grey: float = 0.0  # share of the colour that is taken away
    sound: str = ""

    def frames(self) -> list[vf.Picture]:
        """Its pictures, 12 a second."""
        count = SECONDS * 12
        edges = np.linspace(0, count, self.cuts + 2).round().astype(int)
        frames: list[vf.Picture] = []
        for number, length in enumerate(np.diff(edges)):
            # Two places take turns, so that more cuts bring no other light or colour.
            place = vf.scenery((3, 44)[number % 2])
            plain = place.mean(axis=2, keepdims=True)
            place = ((1 - self.grey) * place + self.grey * plain) * np.array(self.tint, np.float32)
            frames += vf.pan(place, int(length), step=self.step, light=self.light)
        return frames


def sound_of(kind: str, music: list[Path]) -> NDArray[np.float32] | None:
    """Twelve seconds of sound at 16 kHz."""
    if not kind:
        return None
    if kind == "talk":
        return vf.babble(SECONDS)
    if kind.startswith("tone"):
        return vf.tone(SECONDS, level=float(kind.removeprefix("tone ")))
    if kind.startswith("beat"):
        return vf.beats(SECONDS, float(kind.removeprefix("beat ")))
    track = next(path for path in music if path.stem == kind)
    return load(track, sample_rate=16000, duration=SECONDS).samples


Analyse = Callable[..., VideoAnalysis]
Recommend = Callable[..., Answer]


@pytest.fixture(scope="module")
def service(shared_demo_wiring: Wiring) -> Asking:
    return Asking(shared_demo_wiring)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, music: list[Path]) -> Callable[[Clip], Path]:
    """Each clip is encoded once."""
    folder = tmp_path_factory.mktemp("clips")
    written: dict[Clip, Path] = {}

    def file_of(clip: Clip) -> Path:
        if clip not in written:
            path = folder / f"{len(written)}.mp4"
            written[clip] = vf.write(path, clip.frames(), rate=12, sound=sound_of(clip.sound, music))
        return written[clip]

    return file_of


@pytest.fixture(scope="module")
def analyse(files: Callable[[Clip], Path]) -> Analyse:
    return lambda **what: LocalAnalyzer().analyze(files(Clip(**what)))


@pytest.fixture(scope="module")
def recommend(files: Callable[[Clip], Path], service: Asking) -> Recommend:
    return lambda limit=5, **what: service.recommend_video(files(Clip(**what)), limit=limit)


def rising(values: list[float], by: float = 0.0) -> bool:
    """Whether they never fall, and come up by more than `by` in all."""
    return values == sorted(values) and values[-1] - values[0] > by


def middle(analysis: VideoAnalysis) -> float:
    assert analysis.tempo_bpm is not None
    return sum(analysis.tempo_bpm) / 2


def energy(analysis: VideoAnalysis) -> float:
    assert analysis.energy is not None
    return analysis.energy


def texts(analysis: VideoAnalysis) -> str:
    return " | ".join(phrase.text for phrase in analysis.phrases)


def ids(answer: Answer) -> set[str]:
    return {item.song.id for item in answer.songs}


def mean_of(answer: Answer, name: str) -> float:
    return float(np.mean([getattr(item.features, name) for item in answer.songs]))


def cheer_word(analysis: VideoAnalysis) -> int:
    """0 for dark music, 1 for neither, 2 for happy music."""
    return 0 if "minor key" in texts(analysis) else 2 if "major key" in texts(analysis) else 1


# --- one measurement at a time: what is wanted -----------------------------------------------------------


def test_more_cuts_want_a_higher_tempo_and_more_energy(analyse: Analyse) -> None:
    found = [analyse(cuts=cuts) for cuts in (0, 2, 5, 9, 14)]
    counted = [len(analysis.measurements.cuts) for analysis in found if analysis.measurements]
    assert counted == [0, 2, 5, 9, 14]
    assert rising([middle(analysis) for analysis in found], by=30)
    assert rising([energy(analysis) for analysis in found], by=0.5)


def test_more_movement_wants_a_higher_tempo_and_more_energy(analyse: Analyse) -> None:
    found = [analyse(cuts=0, step=step) for step in (0.0, 0.5, 2.0, 6.0)]
    assert rising([analysis.measurements.motion for analysis in found if analysis.measurements], by=0.6)
    assert rising([middle(analysis) for analysis in found], by=20)
    assert rising([energy(analysis) for analysis in found], by=0.4)


def test_darker_pictures_want_darker_music(analyse: Analyse) -> None:
    found = [analyse(light=light) for light in (0.2, 0.5, 1.0, 1.7)]
    assert rising([analysis.measurements.brightness for analysis in found if analysis.measurements], by=0.4)
    assert rising([float(cheer_word(analysis)) for analysis in found], by=1)
    assert "dark" in texts(found[0])
    assert "dark" not in texts(found[-1])
    assert found[0].mood in ("melancholic", "brooding", "intense")
    assert found[-1].mood in ("peaceful", "cheerful", "euphoric")


def test_warmer_pictures_want_happier_music_of_other_genres(analyse: Analyse) -> None:
    found = [analyse(light=1.1, tint=tint) for tint in (COOL, NEUTRAL, WARM)]
    assert rising([analysis.measurements.warmth for analysis in found if analysis.measurements], by=0.6)
    assert rising([float(cheer_word(analysis)) for analysis in found], by=0)
    assert not set(found[0].genre_suggestions) & set(found[-1].genre_suggestions)
    assert middle(found[0]) == pytest.approx(middle(found[-1]), abs=3)  # colour sets no tempo


def test_paler_pictures_are_no_happier(analyse: Analyse) -> None:
    pale, rich = analyse(grey=0.95, light=1.3), analyse(light=1.3)
    assert pale.measurements is not None
    assert rich.measurements is not None
    assert pale.measurements.saturation < rich.measurements.saturation - 0.3
    assert cheer_word(pale) <= cheer_word(rich)


def test_speech_wants_music_without_vocals(analyse: Analyse) -> None:
    quiet, talking = analyse(sound="tone 0.1"), analyse(sound="talk")
    assert "no vocals" not in texts(quiet)
    assert "no vocals" in texts(talking)
    assert "speech" in talking.keywords


def test_louder_sound_wants_a_little_more_energy(analyse: Analyse) -> None:
    found = [analyse(sound=f"tone {level}") for level in (0.003, 0.05, 0.5)]
    assert rising([energy(analysis) for analysis in found], by=0.03)
    assert len({analysis.tempo_bpm for analysis in found}) == 1


@pytest.mark.parametrize("pace", [{"cuts": 0, "step": 0.1}, {"cuts": 8, "step": 2.0}])
def test_faster_music_of_its_own_wants_faster_music(analyse: Analyse, pace: dict[str, Any]) -> None:
    found = [analyse(sound=f"beat {bpm}", **pace) for bpm in (70, 95, 130)]
    heard = [analysis.measurements.music_tempo_bpm for analysis in found if analysis.measurements]
    assert heard == pytest.approx([70, 95, 130], rel=0.03)
    assert rising([middle(analysis) for analysis in found], by=8)


# --- ... and what is found -------------------------------------------------------------------------------


def test_more_cuts_find_faster_and_more_energetic_songs(recommend: Recommend) -> None:
    few, many = recommend(cuts=0), recommend(cuts=14)
    assert mean_of(many, "energy") > mean_of(few, "energy") + 0.2
    assert mean_of(many, "tempo_bpm") > mean_of(few, "tempo_bpm") + 10
    assert len(ids(few) & ids(many)) <= 1


def test_more_movement_finds_more_energetic_songs(recommend: Recommend) -> None:
    still, wild = recommend(cuts=0, step=0.0), recommend(cuts=0, step=6.0)
    assert mean_of(wild, "energy") > mean_of(still, "energy") + 0.1


def test_darker_pictures_find_more_songs_in_minor(recommend: Recommend) -> None:
    def minor(answer: Answer) -> int:
        return sum("minor" in (item.features.key or "") for item in answer.songs if item.features)

    assert minor(recommend(limit=8, light=0.2)) > minor(recommend(limit=8, light=1.7))


def test_speech_lets_songs_with_vocals_step_back_and_says_so(recommend: Recommend) -> None:
    def sung(answer: Answer) -> float:
        vocal = ("vocals", "female vocals", "male vocals")
        return float(np.mean([max(item.tags.get(tag, 0.0) for tag in vocal) for item in answer.songs]))

    pictures: dict[str, Any] = {"cuts": 1, "step": 0.3, "light": 1.1, "tint": WARM, "limit": 8}
    silent, spoken = recommend(**pictures), recommend(**pictures, sound="talk")
    assert sung(spoken) < sung(silent) - 0.03
    assert [phrase["text"] for phrase in spoken.query["avoid"]] == ["vocals"]
    assert any("speak" in note for note in spoken.notes)
    assert not silent.query["avoid"]


def test_a_track_of_the_library_as_its_own_music_is_measured_as_music(analyse: Analyse) -> None:
    analysis = analyse(sound="happy_electronic_1")
    assert analysis.measurements is not None
    assert analysis.measurements.music_tempo_bpm == pytest.approx(123, rel=0.03)
    assert (analysis.measurements.speech or 0.0) < 0.2
    assert "123 bpm" in analysis.basis["tempo"]


# --- calm and fast --------------------------------------------------------------------------------------


def check_calm_against_fast(calm: Answer, fast: Answer) -> None:
    """Visibly other songs, in the right direction, each with its reasons."""
    assert calm.analysis is not None
    assert fast.analysis is not None
    assert (calm.analysis.tempo, calm.analysis.energy_level) == ("Slow", "Low")
    assert (fast.analysis.tempo, fast.analysis.energy_level) == ("Fast", "High")
    assert len(ids(calm) & ids(fast)) == 0
    assert mean_of(fast, "energy") > mean_of(calm, "energy") + 0.25
    assert mean_of(fast, "tempo_bpm") > mean_of(calm, "tempo_bpm") + 15
    moods = [{item.song.labels["mood"] for item in answer.songs} for answer in (calm, fast)]
    assert "energetic" not in moods[0]
    assert "energetic" in moods[1]
    for answer, pace in ((calm, "slow"), (fast, "fast")):
        assert any(
            f"{pace} pace of the picture" in reason for item in answer.songs for reason in item.reasons
        )
        for item in answer.songs:
            assert any("bpm" in reason for reason in item.reasons)
            assert any("energy" in reason for reason in item.reasons)
            assert sum(item.parts.values()) == pytest.approx(item.score)
            assert {"tempo", "energy"} <= set(item.parts)


@pytest.mark.parametrize("calm_tint", [WARM, COOL])
def test_a_calm_dark_clip_and_a_fast_bright_one_get_other_songs(
    recommend: Recommend, calm_tint: Tint
) -> None:
    calm = recommend(cuts=0, step=0.1, light=0.35, tint=calm_tint)
    fast = recommend(cuts=14, step=8.0, light=1.3)
    check_calm_against_fast(calm, fast)


def test_a_montage_of_four_shots_a_second_wants_fast_music(tmp_path: Path) -> None:
    frames = [frame for seed in range(32) for frame in vf.pan(vf.scenery(60 + seed), 6, step=0.5)]
    analysis = LocalAnalyzer().analyze(vf.write(tmp_path / "montage.mp4", frames, rate=24))
    assert analysis.measurements is not None
    assert len(analysis.measurements.cuts) >= 28
    assert (analysis.tempo, analysis.energy_level) == ("Fast", "High")


def footage_frames(path: Path) -> list[vf.Picture]:
    with av.open(str(path)) as container:
        return [
            frame.reformat(width=320, height=180, format="rgb24", interpolation="AREA").to_ndarray()
            for frame in container.decode(video=0)
        ]


def test_real_footage_slowed_down_and_cut_fast_gets_other_songs(
    service: Asking, footage: Path, tmp_path: Path
) -> None:
    street = footage_frames(footage / "bikes.mp4")
    meadow = footage_frames(footage / "bigbuckbunny.mp4")
    face = footage_frames(footage / "carphone_pristine.mp4")
    slow = [frame for frame in meadow[:60] for _ in range(4)]
    pieces = [*(street[i : i + 10] for i in range(0, 240, 30)), meadow[:10], meadow[90:100], face[:10]]
    order = np.random.default_rng(0).permutation(len(pieces))
    fast = [frame for k in [*order, *order[::-1]] for frame in pieces[k]]
    calm = service.recommend_video(vf.write(tmp_path / "slow.mp4", slow, rate=24), limit=5)
    quick = service.recommend_video(vf.write(tmp_path / "fast.mp4", fast, rate=25), limit=5)
    check_calm_against_fast(calm, quick)


# --- again, without a new analysis -------------------------------------------------------------------------


def test_phrases_of_the_answer_can_be_edited_and_searched_again(
    recommend: Recommend, service: Asking
) -> None:
    from reelscore.records import MusicQuery

    first = recommend(cuts=0, step=0.1, light=0.35, tint=WARM)
    asked = MusicQuery(
        tuple(Phrase(each["text"], each["weight"]) for each in first.query["phrases"]),
        tempo_bpm=tuple(first.query["tempo_bpm"]),
        energy=first.query["energy"],
    )
    again = service.search(asked, analysis_id=first.analysis_id, limit=5)
    assert [item.song.id for item in again.songs] == [item.song.id for item in first.songs]
    edited = MusicQuery((*asked.phrases, Phrase("fast electronic dance", 3.0)), tempo_bpm=(120.0, 150.0))
    turned = service.search(edited, analysis_id=first.analysis_id, limit=5)
    assert mean_of(turned, "energy") > mean_of(first, "energy")
    assert len(ids(turned) & ids(first)) <= 2
