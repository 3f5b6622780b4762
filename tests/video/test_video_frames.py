from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import video_files as vf

from reelscore.errors import MediaError, MediaNotFoundError, ReelscoreError, UnreadableMediaError
from reelscore.video.decode.frames import SmallFrame, VideoFacts, open_video


def facts_of(path: Path) -> VideoFacts:
    with open_video(path) as video:
        return video.facts


def read(path: Path) -> list[SmallFrame]:
    with open_video(path) as video:
        return list(video.frames())


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = vf.pan(vf.scenery(1), 30, step=2)
    return vf.write(tmp_path_factory.mktemp("plain") / "plain.mp4", frames, sound=vf.tone(1.2))


def test_frames_are_small_and_timed_from_zero(plain: Path) -> None:
    frames = read(plain)
    assert len(frames) == 30
    assert {frame.image.shape for frame in frames} == {(36, 64, 3)}
    assert frames[0].image.dtype == np.uint8
    assert [frame.time for frame in frames] == pytest.approx(np.arange(30) / 25)


def test_small_frames_look_like_the_picture(plain: Path) -> None:
    expected = vf.pan(vf.scenery(1), 1)[0].mean(axis=(0, 1))
    assert read(plain)[0].image.mean(axis=(0, 1)) == pytest.approx(expected, abs=6)


def test_facts_are_those_of_the_file(plain: Path) -> None:
    facts = facts_of(plain)
    assert (facts.width, facts.height, facts.rotation) == (160, 90, 0)
    assert facts.frame_rate == 25
    assert facts.duration == pytest.approx(1.2)
    assert facts.has_audio
    assert facts.codec == "h264"


def test_the_last_picture_stands_for_its_time(plain: Path) -> None:
    with open_video(plain) as video:
        list(video.frames())
        assert video.end == pytest.approx(1.2)
        assert video.pictures == 30


@pytest.mark.parametrize(("stated", "turned"), [(-90.0, 90), (90.0, 270), (180.0, 180)])
def test_rotation_is_applied(tmp_path: Path, stated: float, turned: int) -> None:
    frame = np.zeros((90, 160, 3), np.uint8)
    frame[:, :80] = 255  # white on the left
    path = vf.write(tmp_path / "phone.mp4", [frame] * 3, rotation=stated)
    facts = facts_of(path)
    assert facts.rotation == turned
    assert (facts.width, facts.height) == ((160, 90) if turned == 180 else (90, 160))
    image = read(path)[0].image
    white = {90: image[:32], 270: image[32:], 180: image[:, 32:]}[turned]
    assert image.shape == ((36, 64, 3) if turned == 180 else (64, 36, 3))
    assert white.mean() > 200
    assert image.mean() < 140


def test_tall_pictures_come_tall(tmp_path: Path) -> None:
    frame = np.full((160, 90, 3), 90, np.uint8)
    path = vf.write(tmp_path / "tall.mp4", [frame] * 3)
    assert read(path)[0].image.shape == (64, 36, 3)
    assert facts_of(path).height == 160


def test_a_single_frame_is_a_video(tmp_path: Path) -> None:
    path = vf.write(tmp_path / "one.mp4", vf.pan(vf.scenery(2), 1))
    with open_video(path) as video:
        assert len(list(video.frames())) == 1
        assert video.end == pytest.approx(1 / 25)


def test_variable_frame_rates_keep_their_times(tmp_path: Path) -> None:
    times = [0, 40, 200, 240, 1000, 1033]
    path = vf.write(tmp_path / "vfr.mkv", vf.pan(vf.scenery(3), 6, step=3), times=times)
    assert [frame.time for frame in read(path)] == pytest.approx([t / 1000 for t in times])


def test_an_offset_at_the_start_is_taken_away(tmp_path: Path) -> None:
    times = [5500 + 40 * k for k in range(10)]
    path = vf.write(tmp_path / "late.ts", vf.pan(vf.scenery(3), 10), times=times)
    assert [frame.time for frame in read(path)] == pytest.approx(np.arange(10) * 0.04, abs=1e-3)


def test_joined_recordings_go_on_in_time(tmp_path: Path) -> None:
    one = vf.write(tmp_path / "one.ts", vf.pan(vf.scenery(4), 50), times=[9000 + 40 * k for k in range(50)])
    two = vf.write(tmp_path / "two.ts", vf.pan(vf.scenery(5), 50), times=[40 * k for k in range(50)])
    joined = tmp_path / "joined.ts"
    joined.write_bytes(one.read_bytes() + two.read_bytes())
    frames = read(joined)
    times = np.array([frame.time for frame in frames])
    assert (np.diff(times) > 0).all()
    assert times[-1] == pytest.approx(99 * 0.04, abs=0.2)


def test_a_stream_without_time_stamps_or_rate_is_read(tmp_path: Path) -> None:
    whole = vf.write(tmp_path / "raw.h264", vf.pan(vf.scenery(6), 20), options={})
    times = [frame.time for frame in read(whole)]
    assert len(times) == 20
    assert (np.diff(times) > 0).all()
    assert times[-1] < 2.0


def test_a_broken_packet_costs_that_packet(tmp_path: Path) -> None:
    path = vf.write(tmp_path / "hit.avi", vf.pan(vf.scenery(7), 40, step=3), codec="mjpeg")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    path.write_bytes(bytes(data))
    frames = read(path)
    assert 36 <= len(frames) <= 40
    assert (np.diff([frame.time for frame in frames]) > 0).all()


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = vf.write(
        tmp_path / "cut.mp4", vf.pan(vf.scenery(8), 100, step=3), options={"movflags": "faststart"}
    )
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.6)])
    frames = read(path)
    assert 20 < len(frames) < 90


@pytest.fixture
def unusable(tmp_path: Path, plain: Path, request: pytest.FixtureRequest) -> Path:
    kind = request.param
    path = tmp_path / "clip.mp4"
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("These are the notes of the shoot, not the shoot.\n" * 50)
    elif kind == "noise":
        path.write_bytes(np.random.default_rng(0).bytes(50_000))
    elif kind == "without its index":
        data = plain.read_bytes()
        path.write_bytes(data[: data.index(b"moov") - 4])
    elif kind == "playlist":
        path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{plain}\n#EXT-X-ENDLIST\n")
    elif kind == "sound only":
        vf.write_sound(path, vf.tone(1.0))
    elif kind == "a song with a cover":
        path = path.with_suffix(".mp3")
        vf.write_sound(path, vf.tone(1.0), cover=vf.pan(vf.scenery(9), 1)[0])
    return path


@pytest.mark.parametrize(
    ("unusable", "error", "words"),
    [
        ("missing", MediaNotFoundError, "does not exist"),
        ("folder", MediaNotFoundError, "is a folder"),
        ("empty", UnreadableMediaError, "is empty"),
        ("text", UnreadableMediaError, "not a video"),
        ("noise", UnreadableMediaError, "not a video"),
        ("playlist", UnreadableMediaError, "not a video"),
        ("without its index", UnreadableMediaError, "cut off"),
        ("sound only", MediaError, "recommend song"),
        ("a song with a cover", MediaError, "no picture"),
    ],
    indirect=["unusable"],
)
def test_what_is_no_video_is_refused_in_one_clear_line(
    unusable: Path, error: type[ReelscoreError], words: str
) -> None:
    with pytest.raises(error) as caught:
        read(unusable)
    message = str(caught.value)
    assert words in message
    assert str(unusable) in message
    assert "\n" not in message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, plain: Path) -> None:
    path = tmp_path / "secret.mp4"
    path.write_bytes(plain.read_bytes())
    path.chmod(0)
    with pytest.raises(MediaNotFoundError, match="may not be read"):
        read(path)


def test_odd_rates_are_stated_as_they_are(tmp_path: Path) -> None:
    rate = Fraction(24000, 1001)
    path = vf.write(tmp_path / "film.mp4", vf.pan(vf.scenery(3), 24), rate=rate)
    assert facts_of(path).frame_rate == pytest.approx(23.976, abs=1e-3)
    assert read(path)[-1].time == pytest.approx(23 / float(rate), abs=1e-3)


def test_pictures_have_a_limit_of_pixels_in_all(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_video(plain) as video:
        size, count = video.facts.width * video.facts.height, sum(1 for _ in video.frames())
    monkeypatch.setattr("reelscore.video.decode.frames.FILM_PIXELS_IN_ALL", size * count)
    with open_video(plain) as video:
        assert sum(1 for _ in video.frames()) == count
    monkeypatch.setattr("reelscore.video.decode.frames.FILM_PIXELS_IN_ALL", size * count - 1)
    with open_video(plain) as video, pytest.raises(MediaError, match="billion pixels"):
        list(video.frames())


def test_a_file_that_goes_while_it_is_opened_is_not_found(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import av

    path = tmp_path / "upload.mp4"
    path.write_bytes(plain.read_bytes())

    def removed(*_: object, **__: object) -> None:
        path.unlink()
        raise FileNotFoundError(2, "No such file")

    monkeypatch.setattr(av, "open", removed)
    with pytest.raises(MediaNotFoundError, match="is gone"), open_video(path):
        pass
