from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from audio_material import chirp, clip_of, noise, sine, write_audio, write_video

from reelscore.audio.decode import load, probe, resample
from reelscore.audio.features import measure
from reelscore.errors import (
    CancelledError,
    InvalidInputError,
    MediaNotFoundError,
    UnreadableMediaError,
    UnusableAudioError,
)
from reelscore.records import Progress
from sound_files import encode, music

FORMATS = [
    ("a.wav", "pcm_s16le", 44100),
    ("float.wav", "pcm_f32le", 44100),
    ("bytes.wav", "pcm_u8", 44100),
    ("deep.wav", "pcm_s24le", 48000),
    ("a.flac", "flac", 44100),
    ("a.mp3", "libmp3lame", 44100),
    ("a.m4a", "aac", 44100),
    ("a.aac", "aac", 44100),
    ("a.opus", "libopus", 48000),
    ("a.webm", "libopus", 48000),
    ("a.aiff", "pcm_s16be", 44100),
]
# AAC without an edit list begins with the encoder's own delay.
DELAY_SECONDS = {"a.m4a": 1024 / 44100, "a.aac": 1024 / 44100}


def error_line(path: Path, kind: type[Exception]) -> str:
    with pytest.raises(kind) as caught:
        load(path)
    line = str(caught.value)
    assert path.name in line
    assert "\n" not in line
    return line


@pytest.mark.parametrize(("name", "codec", "rate"), FORMATS, ids=[item[0] for item in FORMATS])
def test_every_common_format_gives_the_same_sound(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    path = write_audio(tmp_path / name, chirp(6.0, rate=rate), codec=codec, rate=rate)
    clip = load(path, sample_rate=22050)
    assert clip.samples.dtype == np.float32
    assert clip.sample_rate == 22050
    assert clip.start == 0.0
    assert clip.duration == pytest.approx(6.0, abs=0.06)
    delay = round(DELAY_SECONDS.get(name, 0.0) * 22050)
    wanted = chirp(6.0, rate=22050)[2000:100_000]
    got = clip.samples[2000 + delay : 100_000 + delay]
    assert np.corrcoef(wanted, got)[0, 1] > 0.98


@pytest.mark.parametrize(("name", "codec", "rate"), FORMATS, ids=[item[0] for item in FORMATS])
def test_offset_is_exact_to_the_sample(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    path = write_audio(tmp_path / name, chirp(6.0, rate=rate), codec=codec, rate=rate)
    whole = load(path, sample_rate=rate)
    part = load(path, sample_rate=rate, offset=3.5, duration=1.25)
    begin = round(3.5 * rate)
    assert part.start == 3.5
    assert len(part.samples) == round(1.25 * rate)
    np.testing.assert_allclose(part.samples, whole.samples[begin : begin + len(part.samples)], atol=1e-4)


def test_vorbis_is_read(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.ogg", chirp(3.0, rate=44100), 44100, format="OGG", subtype="VORBIS")
    clip = load(tmp_path / "a.ogg", sample_rate=44100)
    assert np.corrcoef(clip.samples[:100_000], chirp(3.0, rate=44100)[:100_000])[0, 1] > 0.99


def test_what_ffmpeg_refuses_is_read_by_libsndfile(tmp_path: Path) -> None:
    # FFmpeg has no reader for this container; valid Vorbis that it refuses takes the same way.
    sound = chirp(3.0, rate=44100)
    soundfile.write(
        tmp_path / "a.ogg", np.stack([sound, sound], axis=1), 44100, format="MAT5", subtype="FLOAT"
    )
    info = probe(tmp_path / "a.ogg")
    assert (info.duration, info.channels, info.has_audio, info.has_video) == (3.0, 2, True, False)
    clip = load(tmp_path / "a.ogg", sample_rate=44100, offset=1.0, duration=0.5)
    assert clip.start == 1.0
    np.testing.assert_allclose(clip.samples, sound[44100 : 44100 + 22050], atol=1e-6)


def test_mix_is_the_mean_of_the_channels_and_states_what_it_lost(tmp_path: Path) -> None:
    left, right = sine(440, 2.0, rate=44100, level=0.5), sine(660, 2.0, rate=44100, level=0.5)
    path = write_audio(tmp_path / "a.wav", np.stack([left, right]), codec="pcm_s16le")
    clip = load(path, sample_rate=44100)
    np.testing.assert_allclose(clip.samples, (left + right) / 2, atol=1e-4)
    assert clip.channel_gain_db == pytest.approx(10 * np.log10(4), abs=0.01)
    mono = load(write_audio(tmp_path / "m.wav", left, codec="pcm_s16le"))
    assert mono.channel_gain_db == 0.0


def test_inverted_channel_does_not_cancel_the_sound(tmp_path: Path) -> None:
    left = sine(440, 4.0, rate=44100, level=0.5)
    path = write_audio(tmp_path / "a.wav", np.stack([left, -left]), codec="pcm_s16le")
    assert np.abs(load(path, sample_rate=44100).samples).max() == pytest.approx(0.5, abs=0.01)


def test_a_constant_offset_is_taken_away(tmp_path: Path) -> None:
    sound = 0.6 * music(4.0)
    clips = [
        load(encode(tmp_path / f"{number}.wav", sound + offset, "pcm_f32le"))
        for number, offset in enumerate((0.0, 0.1))
    ]
    assert measure(clips[1]).energy == pytest.approx(measure(clips[0]).energy, abs=0.01)
    assert abs(float(clips[1].samples.mean())) < 1e-3


def test_sound_of_a_video_is_read_and_probed(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", sound=sine(440, 2.0, rate=44100, level=0.5))
    info = probe(path)
    assert (info.has_audio, info.has_video, info.codec, info.sample_rate) == (True, True, "aac", 44100)
    assert load(path).duration == pytest.approx(2.0, abs=0.1)


def test_sound_that_sets_in_late_keeps_its_place(tmp_path: Path) -> None:
    tone = sine(440, 2.0, rate=44100, level=0.5)
    path = write_video(tmp_path / "a.mkv", sound=tone, sound_at=0.5, seconds=3.0)
    clip = load(path)
    assert clip.start == pytest.approx(0.5, abs=0.03)
    assert clip.duration == pytest.approx(2.0, abs=0.1)
    later = load(path, offset=1.5, duration=0.5)
    assert (later.start, later.duration) == (1.5, 0.5)


def test_video_without_sound_is_unusable_audio(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", sound=None)
    assert not probe(path).has_audio
    assert "no sound" in error_line(path, UnusableAudioError)


def test_missing_file_folder_and_device_are_told_apart(tmp_path: Path) -> None:
    assert "does not exist" in error_line(tmp_path / "none.mp3", MediaNotFoundError)
    assert "folder" in error_line(tmp_path, MediaNotFoundError)
    os.mkfifo(tmp_path / "pipe.mp3")
    assert "not a regular file" in error_line(tmp_path / "pipe.mp3", MediaNotFoundError)
    assert "does not exist" in error_line(tmp_path / "a.wav" / "b.wav", MediaNotFoundError)


def test_file_without_read_permission_is_named(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.wav", sine(440, 1.0, rate=44100), codec="pcm_s16le")
    path.chmod(0)
    if os.geteuid() != 0:
        assert "may not be read" in error_line(path, MediaNotFoundError)
        return
    code = (
        "import os, sys\n"
        "from reelscore.audio.decode import load\n"
        "from reelscore.errors import MediaNotFoundError\n"
        "os.setuid(65534)\n"
        "try:\n    load(sys.argv[1])\n"
        "except MediaNotFoundError as error:\n    print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert "may not be read" in told.stdout


def test_empty_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").touch()
    assert "empty" in error_line(tmp_path / "a.mp3", UnreadableMediaError)


@pytest.mark.parametrize("name", ["a.mp3", "a.wav", "a.ogg", "a.mp4", "a.vox", "a.txt"])
@pytest.mark.parametrize(
    "content",
    [
        b"This is a text about music, not music.\n" * 200,
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/hostname\n",
        b"ffconcat version 1.0\nfile other.wav\n",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b"ID3",
        b"\x00",
    ],
    ids=["text", "playlist", "concat", "head", "id3", "zero"],
)
def test_what_is_not_media_is_unreadable(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, content: bytes
) -> None:
    write_audio(tmp_path / "other.wav", sine(440, 1.0, rate=44100), codec="pcm_s16le")
    (tmp_path / name).write_bytes(content)
    error_line(tmp_path / name, UnreadableMediaError)
    with pytest.raises(UnreadableMediaError):
        probe(tmp_path / name)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp3", "libmp3lame"), ("a.flac", "flac"), ("a.wav", "pcm_s16le"), ("a.opus", "libopus")],
)
def test_truncated_file_gives_what_can_be_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, codec: str
) -> None:
    path = write_audio(tmp_path / name, noise(10.0, rate=48000), codec=codec, rate=48000)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert load(path).duration == pytest.approx(5.0, abs=1.2)
    assert capfd.readouterr().err == ""


def test_truncated_mp4_is_unreadable(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", sound=sine(440, 2.0, rate=44100))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    error_line(path, UnreadableMediaError)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp3", "libmp3lame"), ("a.flac", "flac"), ("a.opus", "libopus"), ("a.aac", "aac")]
)
def test_damage_inside_costs_only_what_is_damaged(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, codec: str
) -> None:
    path = write_audio(tmp_path / name, noise(10.0, rate=48000), codec=codec, rate=48000)
    data = bytearray(path.read_bytes())
    begin = len(data) // 3
    data[begin : begin + 3000] = np.random.default_rng(1).bytes(3000)
    path.write_bytes(data)
    assert load(path).duration > 8.0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp3", "libmp3lame"), ("a.flac", "flac"), ("a.opus", "libopus"), ("a.aac", "aac")]
)
def test_file_that_is_damaged_for_the_most_part_is_unreadable(tmp_path: Path, name: str, codec: str) -> None:
    path = write_audio(tmp_path / name, noise(10.0, rate=48000), codec=codec, rate=48000)
    data = path.read_bytes()
    kept = len(data) // 5
    path.write_bytes(data[:kept] + np.random.default_rng(1).bytes(len(data) - kept))
    assert "damaged" in error_line(path, UnreadableMediaError)


def test_track_without_a_sample_is_unusable(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 44100)
    assert "without sound" in error_line(tmp_path / "a.wav", UnusableAudioError)


def test_cover_picture_is_no_video_and_old_tags_are_no_trouble(tmp_path: Path) -> None:
    def frame(name: bytes, body: bytes) -> bytes:
        return name + struct.pack(">I", len(body)) + b"\0\0" + body

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    pixels = zlib.compress((b"\0" + b"\x80" * 24) * 8)
    header = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    tags = frame(b"TIT2", b"\0Caf\xe9") + frame(b"APIC", b"\0image/png\0\x03\0" + png)
    size = bytes((len(tags) >> shift) & 127 for shift in (21, 14, 7, 0))
    path = write_audio(tmp_path / "a.mp3", sine(440, 2.0, rate=44100), codec="libmp3lame")
    path.write_bytes(b"ID3\x03\0\0" + size + tags + path.read_bytes())
    info = probe(path)
    assert (info.has_audio, info.has_video) == (True, False)
    assert load(path).duration == pytest.approx(2.0, abs=0.1)


def packets_of(path: Path) -> tuple[bytes, list[bytes]]:
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
        return container.streams.audio[0].codec_context.extradata or b"", packets


def write_packets(path: Path, template: Path, packets: list[bytes], times: list[int]) -> None:
    with av.open(str(template)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for data, time in zip(packets, times, strict=True):
            packet = av.Packet(data)
            packet.stream = stream
            packet.time_base = source.streams.audio[0].time_base
            packet.pts = packet.dts = time
            target.mux(packet)


@pytest.mark.parametrize("broken", ["first", "some", "most"])
def test_broken_packets_are_skipped_unless_they_are_most(tmp_path: Path, broken: str) -> None:
    good = write_audio(tmp_path / "good.mka", noise(6.0, rate=44100), codec="flac")
    _, packets = packets_of(good)
    chosen = {"first": [0], "some": range(0, len(packets), 5), "most": range(len(packets) * 3 // 4)}[broken]
    for index in chosen:
        packets[index] = b"\x00" * len(packets[index])
    step = 6000 // len(packets)
    write_packets(tmp_path / "bad.mka", good, packets, [index * step for index in range(len(packets))])
    if broken == "most":
        assert "damaged" in error_line(tmp_path / "bad.mka", UnreadableMediaError)
    else:
        share = len(list(chosen)) / len(packets)
        assert load(tmp_path / "bad.mka").duration == pytest.approx(6.0 * (1 - share), abs=0.3)


def test_time_stamps_that_start_late_or_run_backwards_lose_nothing(tmp_path: Path) -> None:
    good = write_audio(tmp_path / "good.mka", chirp(6.0, rate=44100), codec="flac")
    _, packets = packets_of(good)
    whole = load(good, sample_rate=44100)
    step = 6000 // len(packets)
    for name, times in {
        "late.mka": [500 + index * step for index in range(len(packets))],
        "repeated.mka": [index // 3 * 3 * step for index in range(len(packets))],
    }.items():
        write_packets(tmp_path / name, good, packets, times)
        clip = load(tmp_path / name, sample_rate=44100)
        assert clip.start == 0.0
        np.testing.assert_array_equal(clip.samples, whole.samples)


def test_backward_time_stamps_of_a_transport_stream_lose_nothing(tmp_path: Path) -> None:
    # Two recordings in one file: the clock of the second starts again.
    parts = [
        write_audio(tmp_path / f"{index}.ts", chirp(3.0, rate=44100), codec="aac").read_bytes()
        for index in (0, 1)
    ]
    (tmp_path / "both.ts").write_bytes(b"".join(parts))
    assert load(tmp_path / "both.ts").duration == pytest.approx(6.0, abs=0.2)


def test_values_that_are_no_numbers_become_silence(tmp_path: Path) -> None:
    sound = sine(440, 2.0, rate=44100, level=0.5)
    sound[1000], sound[2000], sound[3000] = np.nan, np.inf, 1e30
    soundfile.write(tmp_path / "a.wav", sound, 44100, subtype="FLOAT")
    clip = load(tmp_path / "a.wav", sample_rate=44100)
    assert np.isfinite(clip.samples).all()
    assert np.isfinite(clip.channel_gain_db)
    assert clip.samples[1000] == 0.0


def test_reading_stops_at_the_requested_duration(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.flac", noise(60.0, rate=44100), codec="flac")
    seen: list[Progress] = []
    clip = load(path, duration=2.0, progress=seen.append)
    assert clip.duration == 2.0
    assert len(seen) == 1
    assert seen[0].total == 2.0


def test_progress_runs_to_the_end_and_may_cancel(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.mp3", noise(20.0, rate=44100), codec="libmp3lame")
    seen: list[Progress] = []
    load(path, progress=seen.append)
    assert [step.done for step in seen] == sorted(step.done for step in seen)
    assert seen[-1].done == pytest.approx(20.0, abs=0.2)

    def stop(_: Progress) -> None:
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        load(path, progress=stop)


def test_names_that_look_like_addresses_are_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_audio(tmp_path / "plain.wav", sine(440, 1.0, rate=44100), codec="pcm_s16le")
    for name in ("http:a.wav", "100%_ünïcode #1?.wav", "-i.wav"):
        (tmp_path / "plain.wav").rename(tmp_path / name)
        monkeypatch.chdir(tmp_path)
        assert load(name).duration == pytest.approx(1.0, abs=0.01)
        (tmp_path / name).rename(tmp_path / "plain.wav")


def test_wrong_arguments_are_refused(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.wav", sine(440, 1.0, rate=44100), codec="pcm_s16le")
    for arguments in (
        {"sample_rate": 0},
        {"offset": -1.0},
        {"offset": float("nan")},
        {"duration": 0.0},
        {"duration": float("nan")},
        {"offset": 2.0},
        {"offset": 20.0},
    ):
        with pytest.raises(InvalidInputError):
            load(path, **arguments)  # type: ignore[arg-type]


def test_resampling_keeps_length_and_sound_and_copies_nothing_needless() -> None:
    clip = clip_of(sine(440, 5.0), start=3.0, channel_gain_db=2.0)
    assert resample(clip, 22050) is clip
    other = resample(clip, 16000)
    assert (other.sample_rate, other.start, other.channel_gain_db) == (16000, 3.0, 2.0)
    assert len(other.samples) == 80_000
    np.testing.assert_allclose(other.samples[100:-100], sine(440, 5.0, rate=16000)[100:-100], atol=1e-3)
    assert len(resample(clip_of(np.zeros(0)), 16000).samples) == 0


def test_decoding_is_repeatable(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.mp3", noise(5.0, rate=44100), codec="libmp3lame")
    np.testing.assert_array_equal(load(path).samples, load(path).samples)


def test_importing_the_room_does_not_load_ffmpeg() -> None:
    code = "import sys, reelscore.audio.features; print({'av', 'soundfile'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
