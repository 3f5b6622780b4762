"""The mix: pictures as they were, music to the sample, loudness measured in the file by somebody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from films import (
    AS_IT_IS,
    FRAMES,
    RATE,
    film,
    onsets,
    picture_packets,
    pictures,
    sound_of,
    timeline_of,
)
from sounds import clicks
from video_files import write

from patience import PATIENCE_SECONDS
from reelscore.errors import (
    CancelledError,
    InvalidInputError,
    MediaNotFoundError,
    UnknownNameError,
)
from reelscore.export import mixer
from reelscore.export.cue import plan_cues
from reelscore.export.mix_levels import DuckSettings, MixSettings
from reelscore.export.render import ducked_timeline, render_cue, render_mix
from reelscore.placement.exports import mix
from reelscore.records import Progress
from reelscore.video.container_facts import probe_media


def ebur128(path: Path) -> tuple[float, float]:
    """(LUFS, dBTP) as FFmpeg's filter measures them."""
    graph = av.filter.Graph()
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        source = graph.add_abuffer(template=stream)
        meter = graph.add("ebur128", "metadata=1:peak=true")
        sink = graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        graph.configure()
        loudness, peak = -70.0, 0.0
        for frame in container.decode(stream):
            graph.push(frame)
            while True:
                try:
                    done = graph.pull()
                except (av.BlockingIOError, av.EOFError):
                    break
                told = done.metadata
                loudness = float(told.get("lavfi.r128.I", loudness))
                peaks = [float(told[name]) for name in told if "true_peaks_ch" in name]
                peak = max([peak, *peaks])
    return loudness, 20 * np.log10(peak) if peak > 0 else -np.inf


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".wav"])
def test_pictures_are_copied_and_music_lies_to_the_sample(
    tmp_path: Path, click_song: Path, suffix: str
) -> None:
    source = film(tmp_path / "film.mp4")
    target = tmp_path / f"mix 中文 #1{suffix}"
    report = render_mix(timeline_of(source, click_song), target, AS_IT_IS)
    found = onsets(sound_of(target))
    # The clicks of 2.0 and 5.5 s, from 1.0 s on, begin at .5 s.
    assert found == pytest.approx([1.5 * RATE + 24, 5.0 * RATE + 24], abs=RATE / 1000)
    assert report.seconds == 8.0
    if suffix != ".wav":
        assert picture_packets(target) == picture_packets(source)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([click_song.name, source.name, target.name])


@pytest.mark.parametrize(("source_suffix", "late"), [("mkv", 500), ("mp4", 500), ("ts", 0)])
def test_music_counts_from_the_first_picture_that_is_shown(
    tmp_path: Path, click_song: Path, source_suffix: str, late: int
) -> None:
    source = film(tmp_path / f"film.{source_suffix}", late=late)
    timeline = timeline_of(source, click_song)
    assert timeline.picture is not None
    target = tmp_path / "mix.mkv"
    render_mix(timeline, target, AS_IT_IS)
    assert pictures(target) == pictures(source)
    if source_suffix != "ts":  # whose start codes become lengths: the same pictures, framed anew
        assert [b for _, b in picture_packets(target)] == [b for _, b in picture_packets(source)]
    mixed = probe_media(target)
    begin = float(mixed.picture_start - mixed.sound_start)
    assert begin == pytest.approx(float(timeline.picture.picture_start), abs=0.002)
    found = [onset / RATE - begin for onset in onsets(sound_of(target))]
    assert found == pytest.approx([1.5 + 24 / RATE, 5.0 + 24 / RATE], abs=0.0015)


def test_timecode_and_turn_go_with_the_picture(tmp_path: Path, click_song: Path) -> None:
    plain = film(tmp_path / "plain.mov", rotation=90.0)
    source = tmp_path / "film.mov"
    with av.open(str(plain)) as reader, av.open(str(source), "w") as writer:
        stream = writer.add_stream_from_template(reader.streams.video[0])
        stream.metadata["timecode"] = "18:45:23:23"
        for packet in reader.demux(reader.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                writer.mux(packet)
    timeline = timeline_of(source, click_song)
    for suffix in (".mov", ".mp4", ".mkv"):
        render_mix(timeline, tmp_path / f"mix{suffix}", AS_IT_IS)
        facts = probe_media(tmp_path / f"mix{suffix}")
        assert facts.start_frame == ((18 * 60 + 45) * 60 + 23) * 25 + 23
        assert (facts.width, facts.height) == (90, 160)
    # The sound of the mix says where it lies, too.
    render_mix(timeline, tmp_path / "mix.wav", AS_IT_IS)
    with av.open(str(tmp_path / "mix.wav")) as container:
        assert int(container.metadata["time_reference"]) == facts.start_frame * RATE // 25


@pytest.mark.parametrize("suffix", [".mp4", ".wav"])
@pytest.mark.parametrize("target", [-14.0, -23.0])
def test_the_loudness_is_what_ffmpeg_measures_in_the_file(tmp_path: Path, suffix: str, target: float) -> None:
    rng = np.random.default_rng(1)
    song = tmp_path / "song.wav"
    import soundfile

    sound = rng.standard_normal((RATE * 8, 2)) * 0.05 * (1 + np.sin(np.arange(RATE * 8) / 9_000))[:, None]
    sound[:: RATE // 2] = 0.9  # peaks that a limiter has to hold
    soundfile.write(song, sound, RATE)
    source = film(tmp_path / "film.mp4", speech=True)
    report = render_mix(timeline_of(source, song), tmp_path / f"mix{suffix}", MixSettings(loudness=target))
    loudness, peak = ebur128(tmp_path / f"mix{suffix}")
    assert loudness == pytest.approx(target, abs=0.2)
    assert peak <= -1.0 + 0.1
    assert report.loudness == pytest.approx(loudness, abs=0.1)
    assert report.true_peak == pytest.approx(peak, abs=0.3)
    assert report.notes == ()


def tone_level(sound: np.ndarray, begin: float, end: float) -> float:
    """The level of the 1 kHz tone in a stretch, dB."""
    part = sound[round(begin * RATE) : round(end * RATE)]
    wave = np.exp(-2j * np.pi * 1000.0 * np.arange(len(part)) / RATE)
    return float(20 * np.log10(abs(np.sum(part * wave * np.hanning(len(part)))) / len(part)))


def test_music_makes_room_for_speech_by_the_depth_that_was_asked_for(tmp_path: Path) -> None:
    song = clicks(tmp_path / "tone.wav", [], under=0.1)
    source = film(tmp_path / "film.mp4", speech=True)
    plain = timeline_of(source, song, record_in=0.0, source_in=0.0)
    timeline = ducked_timeline(plain, [(3.1, 5.6)])
    for name, settings in (
        ("flat", AS_IT_IS),
        ("ducked", replace(AS_IT_IS, duck=DuckSettings(depth_db=9.0))),
    ):
        report = render_mix(timeline, tmp_path / f"{name}.wav", settings)
    flat, ducked = sound_of(tmp_path / "flat.wav"), sound_of(tmp_path / "ducked.wav")
    assert tone_level(flat, 3.1, 5.6) - tone_level(ducked, 3.1, 5.6) == pytest.approx(9.0, abs=1.0)
    assert tone_level(flat, 0.5, 2.5) - tone_level(ducked, 0.5, 2.5) == pytest.approx(0.0, abs=0.1)
    assert report.ducked_seconds == pytest.approx(2.5)


def test_the_progress_of_a_mix_never_falls(tmp_path: Path) -> None:
    song = clicks(tmp_path / "tone.wav", [], under=0.1)
    timeline = timeline_of(film(tmp_path / "film.mp4", speech=True), song)
    told: list[Progress] = []
    mix(timeline, tmp_path / "mix.wav", MixSettings(loudness=-16.0), progress=told.append)
    assert len({step.message for step in told}) >= 3
    shares = [step.done / step.total for step in told if step.total]
    assert shares == sorted(shares) and len(shares) == len(told)
    assert 0.9 < shares[-1] <= 1.0


def test_volumes_are_the_users(tmp_path: Path) -> None:
    song = clicks(tmp_path / "tone.wav", [], under=0.1)
    source = film(tmp_path / "film.mp4", speech=True)
    timeline = timeline_of(source, song, record_in=0.0, source_in=0.0)
    render_mix(timeline, tmp_path / "a.wav", AS_IT_IS)
    render_mix(timeline, tmp_path / "b.wav", replace(AS_IT_IS, music_db=-6.0, picture_db=float("-inf")))
    a, b = sound_of(tmp_path / "a.wav"), sound_of(tmp_path / "b.wav")
    assert tone_level(a, 0.5, 2.5) - tone_level(b, 0.5, 2.5) == pytest.approx(6.0, abs=0.1)
    assert np.abs(b[3 * RATE : 6 * RATE]).max() == pytest.approx(0.05, abs=0.005)  # no speech is left


@pytest.mark.parametrize("frames_late", [0.0, 0.4])
def test_a_cue_holds_its_music_to_the_sample(tmp_path: Path, click_song: Path, frames_late: float) -> None:
    source = film(tmp_path / "film.mp4")
    timeline = timeline_of(source, click_song, record_in=0.48 + frames_late / 25)
    cue = plan_cues(timeline)[0]
    path = tmp_path / "cue.wav"
    render_cue(timeline, cue, path)
    assert cue.start_frame == 12
    skipped = timeline.music[0].source_in - (timeline.music[0].record_in - cue.start)
    assert onsets(sound_of(path))[0] == onsets(sound_of(click_song))[0] - skipped
    assert len(sound_of(path)) == cue.samples


def test_a_cancelled_mix_leaves_nothing_and_the_target_as_it_was(tmp_path: Path, click_song: Path) -> None:
    source = film(tmp_path / "film.mp4")
    target = tmp_path / "mix.mp4"
    target.write_bytes(b"an older one")
    before = sorted(p.name for p in tmp_path.iterdir())

    def stop(step: Progress) -> None:
        assert step.total
        if step.done > step.total / 2:
            raise CancelledError("the user stopped the work")

    with pytest.raises(CancelledError):
        render_mix(timeline_of(source, click_song), target, AS_IT_IS, progress=stop)
    assert target.read_bytes() == b"an older one"
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def children(process: int | str = "self") -> set[str]:
    """The processes that this one has started and that are still there."""
    found: set[str] = set()
    for task in Path(f"/proc/{process}/task").iterdir():  # of each thread those that it started
        with suppress(OSError):  # the thread is over
            found.update((task / "children").read_text().split())
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="the children of a process are read from /proc")
@pytest.mark.parametrize("suffix", [".mp4", ".wav"])
def test_a_long_mix_is_added_up_in_a_child_and_is_the_same(
    tmp_path: Path, click_song: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    source = film(tmp_path / "film.mp4", speech=True)
    timeline = ducked_timeline(timeline_of(source, click_song), [(3.1, 5.6)])
    render_mix(timeline, tmp_path / f"here{suffix}")
    before = children()
    seen: set[str] = set()
    monkeypatch.setattr(mixer, "_WORTH_A_CHILD_SECONDS", 0.0)
    render_mix(timeline, tmp_path / f"there{suffix}", progress=lambda _: seen.update(children()))
    assert (tmp_path / f"there{suffix}").read_bytes() == (tmp_path / f"here{suffix}").read_bytes()
    assert seen - before
    assert children() == before


@pytest.mark.skipif(sys.platform != "linux", reason="the children of a process are read from /proc")
def test_what_goes_wrong_in_the_child_is_told_here_and_the_child_is_gone(
    tmp_path: Path, click_song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = film(tmp_path / "film.mp4")
    timeline = timeline_of(source, click_song)
    monkeypatch.setattr(mixer, "_WORTH_A_CHILD_SECONDS", 0.0)
    before = children()

    def stop(step: Progress) -> None:
        raise CancelledError("the user stopped the work")

    with pytest.raises(CancelledError):
        render_mix(timeline, tmp_path / "mix.mp4", AS_IT_IS, progress=stop)
    assert children() == before
    click_song.unlink()
    with pytest.raises(MediaNotFoundError, match=click_song.name):
        render_mix(timeline, tmp_path / "mix.mp4", AS_IT_IS)
    assert children() == before
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]


_ONE_MIX = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[4].split(":")
from films import timeline_of, AS_IT_IS
from reelscore.export import mixer
from reelscore.export.render import render_mix
mixer._WORTH_A_CHILD_SECONDS = 0.0
source, song, target = map(Path, sys.argv[1:4])
def told(step):
    print(step.message, flush=True)
if len(sys.argv) > 5:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[5]), int(sys.argv[5])))
try:
    render_mix(timeline_of(source, song), target, AS_IT_IS, progress=told)
except Exception as error:
    print(type(error).__name__, str(error), flush=True)
"""


def mix_process(tmp_path: Path, song: Path, target: Path, *more: str) -> subprocess.Popen[str]:
    source = film(tmp_path / "film.mp4")
    here = Path(__file__).parent
    folders = f"{here}:{here.parent / 'video'}:{here.parent}"
    command = [sys.executable, "-c", _ONE_MIX, str(source), str(song), str(target), folders, *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})


def test_a_kill_in_the_middle_leaves_no_half_written_file(tmp_path: Path, click_song: Path) -> None:
    target = tmp_path / "mix.mov"
    with mix_process(tmp_path, click_song, target) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "writing" in line:
                helpers = children(process.pid) if sys.platform == "linux" else set()
                process.send_signal(signal.SIGKILL)
                break
        process.wait(PATIENCE_SECONDS)
    assert not target.exists()
    until = time.monotonic() + PATIENCE_SECONDS
    while any(Path(f"/proc/{helper}").exists() for helper in helpers):
        assert time.monotonic() < until, "the children of a killed process go on"
        time.sleep(0.05)
    left = [p.name for p in tmp_path.iterdir() if p.suffix == ".part"]
    assert all(name.startswith(".reelscore-") for name in left)


@pytest.mark.parametrize("suffix", [".mov", ".wav"])
def test_a_file_that_cannot_be_written_is_one_clear_line(
    tmp_path: Path, click_song: Path, suffix: str
) -> None:
    target = tmp_path / f"mix{suffix}"
    with mix_process(tmp_path, click_song, target, "300000") as process:
        assert process.stdout is not None
        last = process.stdout.read().strip().splitlines()[-1]
    assert last.startswith(f"StorageError {target} cannot be written: the file would be too large")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["film.mp4", click_song.name])


def test_a_target_that_cannot_be_is_refused_before_work(tmp_path: Path, click_song: Path) -> None:
    source = film(tmp_path / "film.mp4")
    timeline = timeline_of(source, click_song)
    with pytest.raises(UnknownNameError, match=r"\.mkv, \.mov, \.mp4, \.wav"):
        render_mix(timeline, tmp_path / "mix.avi")
    with pytest.raises(InvalidInputError, match="one of the sources"):
        render_mix(timeline, source)
    with pytest.raises(InvalidInputError, match="no folder"):
        render_mix(timeline, tmp_path / "gone" / "mix.mp4", AS_IT_IS)
    with pytest.raises(InvalidInputError, match=r"no picture.*\.wav"):
        render_mix(replace(timeline, picture=None), tmp_path / "mix.mp4")


def test_pictures_that_a_container_cannot_hold_are_refused(tmp_path: Path, click_song: Path) -> None:
    source = write(tmp_path / "film.mkv", FRAMES[:50], rate=25, codec="libvpx")
    timeline = timeline_of(source, click_song, record_in=0.0)
    with pytest.raises(InvalidInputError, match=r"\.mp4 file cannot hold.*vp8.*\.mkv"):
        render_mix(timeline, tmp_path / "mix.mp4", AS_IT_IS)
    render_mix(timeline, tmp_path / "mix.mkv", AS_IT_IS)
    assert [b for _, b in picture_packets(tmp_path / "mix.mkv")] == [b for _, b in picture_packets(source)]


def test_a_silent_film_without_sound_takes_the_music_alone(tmp_path: Path, click_song: Path) -> None:
    source = write(tmp_path / "film.mp4", FRAMES, rate=Fraction(30000, 1001))
    render_mix(timeline_of(source, click_song), tmp_path / "mix.mp4", AS_IT_IS)
    assert len(onsets(sound_of(tmp_path / "mix.mp4"))) == 2


def test_a_film_too_short_for_a_loudness_is_not_called_silent(tmp_path: Path, click_song: Path) -> None:
    timeline = timeline_of(film(tmp_path / "film.mp4"), click_song, record_in=0.0)
    short = replace(timeline, frames=5, music=(replace(timeline.music[0], length=RATE // 5),))
    report = render_mix(short, tmp_path / "short.wav")
    assert report.loudness is None
    assert report.true_peak > -60
    assert report.notes == (
        "the mix is shorter than 0.4 s or softer than -70 LUFS: it has no loudness to set",
    )
