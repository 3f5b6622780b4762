from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import video_files as vf

from reelscore.audio.rhythm import Rhythm
from reelscore.errors import CancelledError, MediaError
from reelscore.records import Dissolve, Progress, Shot
from reelscore.video.base import VideoAnalyzer
from reelscore.video.decode.frames import open_video
from reelscore.video.local.analyzer import LocalAnalyzer
from reelscore.video.measure import sound as sound_module
from reelscore.video.measure.sound import music_of
from reelscore.video.measure.video import begin_of, measure_video, shots_of, watch


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of one slow, warm, quiet shot."""
    picture = vf.scenery(3) * np.array([1.2, 1.0, 0.7], np.float32)
    frames = vf.pan(picture, 12 * 12, step=0.1)
    return vf.write(
        tmp_path_factory.mktemp("calm") / "calm.mp4", frames, rate=12, sound=vf.tone(12, level=0.01)
    )


@pytest.fixture(scope="module")
def frantic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of a dozen short shots that move fast; with someone talking."""
    frames = [frame for seed in range(16) for frame in vf.pan(vf.scenery(seed + 40), 18, step=5)]
    return vf.write(tmp_path_factory.mktemp("frantic") / "frantic.mp4", frames, rate=24, sound=vf.babble(12))


def test_cuts_and_their_rate_are_measured(frantic: Path) -> None:
    measured = measure_video(frantic).measurements
    assert measured.cuts == pytest.approx([0.75 * k for k in range(1, 16)])
    assert measured.cuts_per_minute == pytest.approx(75)
    assert (measured.frames, measured.duration) == (288, pytest.approx(12.0))
    assert (measured.width, measured.height, measured.frame_rate) == (160, 90, 24)


def test_pictures_are_passed_over_in_part_but_no_cut_is(tmp_path: Path) -> None:
    frames = [frame for seed in (1, 2, 3) for frame in vf.pan(vf.scenery(seed), 20, step=1)]
    large = [frame.repeat(8, axis=0).repeat(8, axis=1) for frame in frames]
    path = vf.write(tmp_path / "hd.mp4", large, preset="veryfast")
    with open_video(path, every=False) as video:
        times = [frame.time for frame in video.frames()]
        assert 25 < len(times) < 50
        assert np.diff(times).max() < 0.121
        assert video.pictures == 60
        assert video.end == pytest.approx(2.4)
    with open_video(path, every=True) as video:
        assert len(list(video.frames())) == 60
    measured = measure_video(path).measurements
    assert measured.frames == 60
    assert measured.duration == pytest.approx(2.4)
    assert measured.cuts == pytest.approx([0.8, 1.6], abs=0.041)


@pytest.mark.parametrize(
    ("name", "codec", "group"), [("edit.mov", "mjpeg", None), ("camera.mp4", "libx264", 1)]
)
def test_of_pictures_that_each_stand_for_themselves_every_other_one_is_decoded(
    tmp_path: Path, name: str, codec: str, group: int | None
) -> None:
    frames = [frame for seed in (1, 2, 3) for frame in vf.pan(vf.scenery(seed), 21, step=2)]
    path = vf.write(tmp_path / name, frames, codec=codec, group=group)
    seen = measure_video(path)
    measured = seen.measurements
    assert 30 <= (measured.frames_decoded or 0) <= 36
    assert measured.frames == 63
    assert measured.duration == pytest.approx(2.52)
    assert measured.cuts == pytest.approx([0.84, 1.68], abs=0.041)
    assert not seen.notes


def test_cuts_of_a_very_fast_edit_are_found(tmp_path: Path) -> None:
    frames = [frame for seed in range(16) for frame in vf.pan(vf.scenery(60 + seed), 6, step=0.5)]
    path = vf.write(tmp_path / "montage.mp4", frames, rate=24, preset="veryfast")
    measured = measure_video(path).measurements
    assert measured.cuts == pytest.approx([0.25 * number for number in range(1, 16)], abs=0.043)


def test_where_few_pictures_come_a_second_all_are_decoded(tmp_path: Path) -> None:
    path = vf.write(tmp_path / "slow.mov", vf.pan(vf.scenery(1), 30, step=2), rate=12, codec="mjpeg")
    assert measure_video(path).measurements.frames_decoded == 30


def test_curves_have_a_value_for_each_second(frantic: Path) -> None:
    measured = measure_video(frantic).measurements
    for curve in (measured.motion_curve, measured.brightness_curve, measured.energy_curve):
        assert len(curve) == 12
        assert all(0 <= value <= 1 for value in curve)


def test_sound_is_measured(calm: Path, frantic: Path) -> None:
    quiet, talking = measure_video(calm).measurements, measure_video(frantic).measurements
    assert quiet.has_audio and talking.has_audio
    assert quiet.loudness_lufs is not None and talking.loudness_lufs is not None
    assert quiet.loudness_lufs < talking.loudness_lufs
    assert quiet.speech is not None and talking.speech is not None
    assert quiet.speech < 0.2 < 0.6 < talking.speech


@pytest.mark.parametrize("bpm", [90.0, 126.0])
def test_the_tempo_of_its_own_music_is_measured_and_wished_for(tmp_path: Path, bpm: float) -> None:
    frames = vf.pan(vf.scenery(1), 14 * 12, step=0.1)
    path = vf.write(tmp_path / "beat.mp4", frames, rate=12, sound=vf.beats(14, bpm))
    measured = measure_video(path).measurements
    assert measured.music is not None
    assert measured.music > 0.5
    assert measured.music_tempo_bpm is not None
    ratio = measured.music_tempo_bpm / bpm
    assert min(abs(ratio - factor) for factor in (0.5, 1.0, 2.0)) < 0.03
    assert 0.2 < measured.music_tempo_confidence <= 1.0
    analysis = LocalAnalyzer().analyze(path)
    assert analysis.extra["own_tempo"]["weight"] == pytest.approx(
        0.5 * measured.music_tempo_confidence, abs=0.001
    )


def test_speech_and_a_steady_tone_have_no_tempo(calm: Path, frantic: Path) -> None:
    for path in (calm, frantic):
        measured = measure_video(path).measurements
        assert measured.music_tempo_bpm is None
        assert measured.music is not None
        assert measured.music < 0.15
        assert "own_tempo" not in LocalAnalyzer().analyze(path).extra


def test_stretches_that_agree_on_a_tempo_make_it_surer() -> None:
    def rhythm(bpm: float, clarity: float = 0.5) -> Rhythm:
        return Rhythm(bpm, 0.8, None, (), 2.0, clarity)

    _, tempo, agreed = music_of([rhythm(120), rhythm(121), rhythm(120), rhythm(119)], 0.0)
    assert tempo == pytest.approx(120, abs=1)
    _, _, apart = music_of([rhythm(120), rhythm(97), rhythm(142), rhythm(75)], 0.0)
    assert agreed > 2 * apart
    _, _, spoken = music_of([rhythm(120)] * 4, 0.5)
    assert spoken < agreed
    assert music_of([rhythm(120, clarity=0.05)], 0.0) == (0.0, None, 0.0)


def test_shots_say_what_they_begin_with(tmp_path: Path) -> None:
    one, two, three = (vf.pan(vf.scenery(seed), 75, step=0.5) for seed in (1, 2, 33))
    mix = [
        (a * (1 - (k + 1) / 26) + b * ((k + 1) / 26)).astype(np.uint8)
        for k, (a, b) in enumerate(zip(two[-25:], three[:25], strict=True))
    ]
    path = vf.write(tmp_path / "joined.mp4", [*one, *two[:-25], *mix, *three[25:]], preset="veryfast")
    analysis = LocalAnalyzer().analyze(path)
    measured = analysis.measurements
    assert measured is not None
    assert measured.cuts == pytest.approx([3.0], abs=0.041)
    assert [one.kind for one in measured.dissolves] == ["dissolve"]
    assert [shot.begins for shot in measured.shots] == ["start", "cut", "dissolve"]
    assert measured.shots[2].start == pytest.approx(5.5, abs=0.3)
    assert measured.shots[-1].end == measured.duration
    assert "3 shots" in analysis.description
    assert "1 dissolve or fade" in analysis.description


def test_a_fade_at_either_end_begins_no_shot() -> None:
    fades = (Dissolve(0.0, 0.8, "fade"), Dissolve(9.2, 10.0, "fade"))
    assert shots_of([4.0], fades, 10.0) == (Shot(0.0, 4.0, "start"), Shot(4.0, 10.0, "cut"))


def test_a_cut_after_pictures_that_were_passed_over_is_put_between_them() -> None:
    assert begin_of(2.0, 0, 25.0) == 2.0
    assert begin_of(2.0, 1, 25.0) == 2.0
    assert begin_of(2.0, 2, 25.0) == pytest.approx(1.96)
    assert begin_of(2.0, 2, None) == 2.0


def test_what_is_passed_over_hardly_changes_what_is_measured(footage: Path) -> None:
    for name in ("bigbuckbunny.mp4", "carphone_pristine.mp4"):
        with open_video(footage / name) as video:
            full = watch(video).curves
        with open_video(footage / name, every=False) as video:
            quick = watch(video).curves
            assert video.looked_at < 0.7 * video.pictures
        for measure in ("motion", "brightness", "contrast", "saturation", "warmth"):
            assert getattr(quick, measure).mean() == pytest.approx(getattr(full, measure).mean(), abs=0.05)


def test_a_video_without_sound_is_fine(tmp_path: Path) -> None:
    measured = measure_video(vf.write(tmp_path / "mute.mp4", vf.pan(vf.scenery(1), 30))).measurements
    assert not measured.has_audio
    assert measured.loudness_lufs is None
    assert measured.speech is None


def test_digital_silence_is_fine(tmp_path: Path) -> None:
    silence = np.zeros(24_000, np.float32)
    measured = measure_video(
        vf.write(tmp_path / "still.mp4", vf.pan(vf.scenery(1), 30), sound=silence)
    ).measurements
    assert measured.has_audio
    assert measured.loudness_lufs is None
    assert measured.speech is None


def test_one_frame_is_analysed(tmp_path: Path) -> None:
    analysis = LocalAnalyzer().analyze(vf.write(tmp_path / "one.mp4", vf.pan(vf.scenery(1), 1)))
    assert analysis.measurements is not None
    assert analysis.measurements.cuts == ()
    assert analysis.measurements.motion == 0.0
    assert len(analysis.sections) == 1
    assert analysis.energy_level == "Low"


def test_calm_and_frantic_videos_want_other_music(calm: Path, frantic: Path) -> None:
    analyzer: VideoAnalyzer = LocalAnalyzer()
    one, other = analyzer.analyze(calm), analyzer.analyze(frantic)
    assert (one.tempo, one.energy_level) == ("Slow", "Low")
    assert (other.tempo, other.energy_level) == ("Fast", "High")
    assert one.energy is not None and other.energy is not None and one.energy < other.energy
    assert one.tempo_bpm is not None and other.tempo_bpm is not None
    assert one.tempo_bpm[1] < other.tempo_bpm[0]
    assert not {p.text for p in one.phrases} & {p.text for p in other.phrases}
    assert "instrumental, no vocals" in {p.text for p in other.phrases}
    assert one.analyzer == other.analyzer == "local"
    assert one.degraded is None


def test_the_analysis_is_the_same_each_time(frantic: Path) -> None:
    assert LocalAnalyzer().analyze(frantic) == LocalAnalyzer().analyze(frantic)


def test_sections_follow_the_material(tmp_path: Path) -> None:
    still = vf.pan(vf.scenery(1), 10 * 12, step=0, light=0.3)
    busy = [frame for seed in range(12) for frame in vf.pan(vf.scenery(seed + 60), 10, step=5)]
    analysis = LocalAnalyzer().analyze(vf.write(tmp_path / "two.mp4", still + busy, rate=12))
    assert 2 <= len(analysis.sections) <= 8
    assert analysis.sections[0].start == 0.0
    assert analysis.measurements is not None
    assert analysis.sections[-1].end == analysis.measurements.duration
    assert analysis.sections[-1].energy > analysis.sections[0].energy + 0.2
    assert any(abs(section.start - 10.0) <= 4.0 for section in analysis.sections[1:])
    assert all(one.mood != other.mood for one, other in pairwise(analysis.sections))


def test_progress_is_told_for_each_second(frantic: Path) -> None:
    told: list[Progress] = []
    measure_video(frantic, progress=told.append)
    watched = [step for step in told if step.message == "watching"]
    # With sound, looking is four fifths of the work.
    assert [int(step.done / 0.8 + 0.01) for step in watched] == list(range(12))
    assert all(step.total == pytest.approx(12.0) for step in watched)
    assert any(step.message == "listening" for step in told)


@pytest.mark.parametrize("message", ["watching", "listening"])
def test_cancelling_stops_at_once(frantic: Path, message: str) -> None:
    told: list[Progress] = []

    def stop(step: Progress) -> None:
        told.append(step)
        if step.message == message:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        LocalAnalyzer().analyze(frantic, progress=stop)
    assert told[-1].message == message
    assert [step.message for step in told].count(message) == 1
    fds = Path("/proc/self/fd")
    if fds.exists():
        assert frantic.resolve() not in {fd.resolve() for fd in fds.iterdir()}, "the file is still open"


def test_a_file_that_breaks_off_is_said_to(tmp_path: Path) -> None:
    path = vf.write(
        tmp_path / "cut.mp4", vf.pan(vf.scenery(8), 150, step=3), options={"movflags": "faststart"}
    )
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    analysis = LocalAnalyzer().analyze(path)
    assert analysis.measurements is not None
    assert analysis.measurements.duration < 5.0
    assert any("of the 6.0 s" in note for note in analysis.extra["notes"])
    assert "of the 6.0 s" in analysis.basis["description"]


def test_sound_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="recommend song"):
        LocalAnalyzer().analyze(vf.write_sound(tmp_path / "song.m4a", vf.tone(1)))


def test_long_sound_is_heard_in_stretches() -> None:
    short = sound_module._stretches(100.0)
    long = sound_module._stretches(7200.0)
    assert short == [(0.0, 100.0)]
    assert sum(seconds for _, seconds in long) < 300
    assert long[0][0] == 0.0
    assert long[-1][0] + long[-1][1] == pytest.approx(7200.0)


def test_real_footage_is_analysed(footage: Path) -> None:
    street = LocalAnalyzer().analyze(footage / "bikes.mp4")
    assert street.measurements is not None
    assert len(street.measurements.cuts) == 5
    assert street.energy_level in ("Medium", "High")
    meadow = LocalAnalyzer().analyze(footage / "bigbuckbunny.mp4")
    assert meadow.energy_level == "Low"
    assert meadow.measurements is not None
    assert meadow.measurements.has_audio
    assert meadow.measurements.loudness_lufs is not None
