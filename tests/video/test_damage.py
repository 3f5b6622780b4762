"""What `tools/mutate_media.py` found in damaged files, and what is said of each: one clear line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
import video_files as vf

from reelscore.audio.container import packets_of
from reelscore.audio.cutting import cut_sound
from reelscore.audio.decode import _DamagedError
from reelscore.audio.remux import remux
from reelscore.children import in_child
from reelscore.errors import MediaError, UnreadableMediaError, UnusableAudioError
from reelscore.export.mix_levels import MixSettings
from reelscore.export.render import render_mix
from reelscore.jobs.handlers import file_called
from reelscore.limits import BRIEF
from reelscore.records import MusicEvent, Timeline
from reelscore.video.container_facts import probe_media
from reelscore.video.measure.video import measure_video
from reelscore.video.proxy import shown_by_browsers
from sound_files import encode, music

PICTURES = vf.pan(vf.scenery(1), 24, step=2.0)
SOUND = np.sin(np.arange(16_000, dtype=np.float32) / 7.0)


def test_a_film_whose_sound_nobody_can_decode_needs_a_copy(tmp_path: Path) -> None:
    film = vf.write(tmp_path / "film.flv", PICTURES, sound=SOUND)
    data = bytearray(film.read_bytes())
    at = 13  # behind the head of the file: tags of 11 bytes and their data
    while at < len(data):
        if data[at] == 8:
            data[at + 11] = 0xC0 | (data[at + 11] & 0x0F)  # the twelfth kind of sound, of which there is none
        at += 15 + int.from_bytes(data[at + 1 : at + 4])
    film.write_bytes(data)
    assert shown_by_browsers(film) is False


def test_pictures_have_a_limit_of_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = vf.write(tmp_path / "film.mp4", PICTURES)
    pixels = PICTURES[0].shape[0] * PICTURES[0].shape[1]
    monkeypatch.setattr("reelscore.video.decode.container.FILM_PIXELS", 4 * pixels)
    assert probe_media(film).width == 160
    monkeypatch.setattr("reelscore.video.decode.container.FILM_PIXELS", pixels - 1)
    with pytest.raises(UnreadableMediaError, match=r"pictures of 160 x 90, .* export it smaller$"):
        probe_media(film)


def test_packets_of_streams_that_damage_makes_up_end_a_file() -> None:
    def demux(_: object) -> Any:
        yield "first"
        raise IndexError("list index out of range")  # as PyAV does

    packets = packets_of(SimpleNamespace(demux=demux), None)  # type: ignore[arg-type]
    assert next(packets) == "first"
    with pytest.raises(av.FFmpegError, match="does not name"):
        next(packets)


def _without_form(path: Path, head: bytes, place: int, value: int) -> Path:
    data = bytearray(path.read_bytes())
    for found in re.finditer(re.escape(head), bytes(data)):
        data[found.start() + place] = value
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("name", "codec", "head", "place", "value"),
    [("a.wv", "wavpack", b"wvpk", 25, 0), ("a.ac3", "ac3", b"\x0b\x77", 4, 0xFF)],
)
def test_sound_that_does_not_say_its_form_is_not_cut(
    tmp_path: Path, name: str, codec: str, head: bytes, place: int, value: int
) -> None:
    path = _without_form(encode(tmp_path / name, music(2.0), codec), head, place, value)
    with pytest.raises(UnreadableMediaError, match=r"does not say what form its sound has; .* again$"):
        cut_sound(path, 0.5, 1.0, tmp_path / "cut.flac")


def test_packets_that_cannot_be_decoded_are_not_wrapped_again(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.aac", music(2.0), "aac", form="adts")
    data = bytearray(path.read_bytes())
    for found in list(re.finditer(rb"\xff[\xf0\xf1]", bytes(data)))[:40]:  # those that are looked at
        data[found.start() + 7 : found.start() + 40] = b"\xee" * 33
    path.write_bytes(data)
    with pytest.raises(UnusableAudioError, match="cannot be kept as MP4"):
        remux(path, tmp_path / "a.m4a")


def test_pictures_whose_times_run_backwards_are_not_copied(tmp_path: Path) -> None:
    film = vf.write(tmp_path / "film.ts", PICTURES * 3, sound=np.tile(SOUND, 3), group=6)
    song = vf.write_sound(tmp_path / "song.mp3", np.tile(SOUND, 4))
    media = probe_media(film)
    assert media.rate is not None
    event = MusicEvent("s", "Song", probe_media(song), source_in=0, record_in=0, length=48_000)
    timeline = Timeline("film", media.rate, 72, picture=media, music=(event,))
    data = film.read_bytes()
    half = len(data) // 2 // 188 * 188
    film.write_bytes(data[half:] + data[:half])
    with pytest.raises(
        UnreadableMediaError, match=r"film\.ts has pictures without time stamps that count on"
    ):
        render_mix(timeline, tmp_path / "mix.mkv", MixSettings(loudness=None, duck=None))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.ts", "song.mp3"]


def _fails_with(make: Callable[[], Exception]) -> Callable[[Path], None]:
    def work(_: Path) -> None:
        raise make()

    return in_child(BRIEF)(work)


def test_what_ffmpeg_finds_where_nobody_expects_it_is_about_the_file_and_a_full_disk_is_not() -> None:
    code = av.error.tag_to_code(b"INDA")
    with pytest.raises(UnreadableMediaError, match=r"^a\.mp4 is damaged \(no good\); .* again$"):
        _fails_with(lambda: av.InvalidDataError(code, "no good"))(Path("a.mp4"))
    with pytest.raises(OSError, match="No space left"):
        _fails_with(lambda: av.error.OSError(28, "No space left on device"))(Path("a.mp4"))
    with pytest.raises(ValueError, match="ours"):
        _fails_with(lambda: ValueError("ours"))(Path("a.mp4"))


def test_an_error_about_an_upload_keeps_its_kind_and_names_it_as_its_sender_does() -> None:
    with (
        pytest.raises(UnreadableMediaError, match=r"^song\.ogg is damaged$") as found,
        file_called("/uploads/1/x.ogg", "song.ogg"),
    ):
        raise _DamagedError("/uploads/1/x.ogg is damaged", 3.0)
    assert isinstance(found.value, _DamagedError)


def test_pictures_a_day_behind_the_sound_are_refused(tmp_path: Path) -> None:
    near = vf.write(tmp_path / "near.mp4", PICTURES, sound=SOUND)
    far = tmp_path / "far.mkv"
    with av.open(str(near)) as source, av.open(str(far), "w") as target:
        streams = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in sorted(source.demux(), key=lambda packet: packet.stream.type):  # sound first
            if packet.pts is None or packet.dts is None:
                continue
            later = int(30 * 3600 / packet.time_base) if packet.stream.type == "video" else 0
            packet.pts, packet.dts = packet.pts + later, packet.dts + later
            packet.stream = streams[packet.stream.index]
            target.mux(packet)
    with pytest.raises(MediaError, match=r"has pictures 30 hours after its first: its times are damaged"):
        measure_video(far)
