"""Small files of every container that PyAV writes, and ways to damage them: for `mutate_media.py`."""

from __future__ import annotations

import random
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

RATE, SECONDS, FPS = 48_000, 4, 25
# name: codec of pictures, codec of sound, what the muxer is told. A name is all its first word says it is.
KINDS: dict[str, tuple[str, str, dict[str, str]]] = {
    "h264.mp4": ("libx264", "aac", {}),
    "pieces.mp4": ("libx264", "aac", {"movflags": "frag_keyframe+empty_moov"}),
    "hevc.mp4": ("libx265", "ac3", {}),
    "av1.mp4": ("libsvtav1", "libopus", {}),
    "prores.mov": ("prores_ks", "pcm_s16le", {}),
    "png.mov": ("png", "alac", {}),
    "h264.mkv": ("libx264", "flac", {}),
    "ffv1.mkv": ("ffv1", "wavpack", {}),
    "vp8.webm": ("libvpx", "vorbis", {}),
    "vp9.webm": ("libvpx-vp9", "libopus", {}),
    "mpeg4.avi": ("mpeg4", "libmp3lame", {}),
    "mjpeg.avi": ("mjpeg", "pcm_s16le", {}),
    "flv1.flv": ("flv1", "libmp3lame", {}),
    "h264.flv": ("libx264", "aac", {}),
    "mpeg2.ts": ("mpeg2video", "mp2", {}),
    "h264.ts": ("libx264", "aac", {}),
    "mpeg2.mxf": ("mpeg2video", "pcm_s16le", {}),
    "mpeg1.mpg": ("mpeg1video", "mp2", {}),
    "mpeg2.vob": ("mpeg2video", "ac3", {}),
    "wmv2.wmv": ("wmv2", "wmav2", {}),
    "mpeg4.3gp": ("mpeg4", "aac", {}),
    "h264.nut": ("libx264", "libmp3lame", {}),
    "rv20.rm": ("rv20", "ac3", {}),
    "vp8.ivf": ("libvpx", "", {}),
    "picture.gif": ("gif", "", {}),
    "picture.apng": ("apng", "", {}),
    "picture.webp": ("libwebp_anim", "", {}),
    "raw.y4m": ("wrapped_avframe", "", {}),
    "pcm.wav": ("", "pcm_s16le", {}),
    "float.wav": ("", "pcm_f32le", {}),
    "adpcm.wav": ("", "adpcm_ima_wav", {}),
    "pcm.rf64.wav": ("", "pcm_s24le", {"rf64": "always"}),
    "pcm.w64": ("", "pcm_s16le", {}),
    "pcm.aiff": ("", "pcm_s16be", {}),
    "pcm.caf": ("", "pcm_s16be", {}),
    "pcm.au": ("", "pcm_s16be", {}),
    "alac.caf": ("", "alac", {}),
    "sound.flac": ("", "flac", {}),
    "sound.mp3": ("", "libmp3lame", {}),
    "sound.mp2": ("", "mp2", {}),
    "aac.m4a": ("", "aac", {}),
    "alac.m4a": ("", "alac", {}),
    "sound.aac": ("", "aac", {}),
    "vorbis.ogg": ("", "vorbis", {}),
    "flac.ogg": ("", "flac", {}),
    "sound.opus": ("", "libopus", {}),
    "sound.wma": ("", "wmav2", {}),
    "sound.mka": ("", "flac", {}),
    "sound.ac3": ("", "ac3", {}),
    "sound.eac3": ("", "eac3", {}),
    "sound.wv": ("", "wavpack", {}),
    "sound.tta": ("", "tta", {}),
    "sound.amr": ("", "libopencore_amrnb", {}),
}
FORMS = {"mpg": "mpeg", "wmv": "asf", "m4a": "ipod", "aac": "adts", "wma": "asf", "mka": "matroska"}
FORMS |= {"y4m": "yuv4mpegpipe", "apng": "apng", "vob": "vob", "aiff": "aiff", "ts": "mpegts"}
PIXELS = {"prores_ks": "yuv422p10le", "png": "rgb24", "gif": "rgb8", "apng": "rgb24", "mjpeg": "yuvj420p"}

QUICK = {
    "libx264": {"preset": "ultrafast"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"},
    "libsvtav1": {"preset": "12"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "vorbis": {"strict": "experimental"},
}
TAGS = {"title": "A title", "artist": "Somebody", "album": "An album", "track": "3/9", "date": "2001"}
# Sheets beside or in a song, each with the song of its name.
CUE = 'TITLE "All"\nFILE "sheet.wav" WAVE\n' + "".join(
    f'  TRACK {n:02} AUDIO\n    TITLE "{n}"\n    INDEX 01 00:0{n - 1}:00\n' for n in (1, 2, 3)
)
EXTREMES = (0, 1, 7, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0)


def write_media(path: Path, pictures: str, sound: str, options: dict[str, str]) -> None:
    """A small film or song, of some sound and of pictures that move."""
    with av.open(str(path), "w", format=FORMS.get(path.suffix[1:]), options=options) as target:
        target.metadata.update(TAGS)
        film: Any = None
        if pictures:
            film = target.add_stream(pictures, rate=FPS, options=QUICK.get(pictures, {}))
            film.width, film.height = (128, 96) if pictures in ("rv20", "libsvtav1") else (64, 48)
            film.pix_fmt = PIXELS.get(pictures, "yuv420p")
        track: Any = None
        if sound:
            rate = 8_000 if "amr" in sound else RATE
            layout = "mono" if "amr" in sound else "stereo"
            track = target.add_stream(sound, rate=rate, layout=layout, options=QUICK.get(sound, {}))
            if sound == "wmav2":
                track.bit_rate = 128_000
        if film is not None:
            _pictures(target, film, SECONDS if sound else 1)
        if track is not None:
            _sound(target, track)


def _pictures(target: Any, film: Any, seconds: int) -> None:
    grid = np.add.outer(np.arange(film.height), np.arange(film.width))
    for index in range(FPS * seconds):
        shown = np.stack([grid * 3 + index * step for step in (5, 9, 200 * (index > FPS // 2))], axis=2)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(shown.astype(np.uint8)), format="rgb24")
        frame = frame.reformat(format=film.pix_fmt)
        frame.pts, frame.time_base = index, Fraction(1, FPS)
        target.mux(film.encode(frame))
    target.mux(film.encode(None))


def _sound(target: Any, track: Any) -> None:
    rate, layout = track.codec_context.sample_rate, track.codec_context.layout.name
    time_of = np.arange(SECONDS * rate) / rate
    wave = 0.3 * np.sin(2 * np.pi * 220 * time_of) + 0.2 * np.sin(2 * np.pi * 4000 * time_of) * (
        time_of % 0.5 < 0.05
    )
    samples = np.stack([wave] * (2 if layout == "stereo" else 1)).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
    frame.sample_rate = rate
    context = track.codec_context
    shaper = av.AudioResampler(context.format, layout, rate, context.frame_size or 1024)
    written = 0
    for piece in (*shaper.resample(frame), *shaper.resample(None)):
        piece.pts, piece.time_base = written, Fraction(1, rate)
        written += piece.samples
        target.mux(track.encode(piece))
    target.mux(track.encode(None))


def write_pictures(folder: Path) -> dict[str, bytes]:
    """A picture of each kind that covers have."""
    made = {}
    for name, codec, pixels in (
        ("jpg", "mjpeg", "yuvj420p"),
        ("png", "png", "rgb24"),
        ("gif", "gif", "rgb8"),
    ):
        path = folder / f"cover.{name}"
        with av.open(str(path), "w", format="gif" if name == "gif" else "image2") as target:
            stream: Any = target.add_stream(codec, rate=1)
            stream.width, stream.height, stream.pix_fmt = 64, 64, pixels
            frame = av.VideoFrame.from_ndarray(
                np.random.default_rng(1).integers(255, size=(64, 64, 3)).astype(np.uint8), format="rgb24"
            )
            target.mux(stream.encode(frame.reformat(format=pixels)))
            target.mux(stream.encode(None))
        made[name] = path.read_bytes()
        path.unlink()
    return made


def id3(cover: bytes, kind: str) -> bytes:
    """An ID3v2.3 tag with words, numbers, a comment, and a cover."""

    def frame(name: bytes, data: bytes) -> bytes:
        return name + struct.pack(">IH", len(data), 0) + data

    frames = frame(b"TIT2", b"\x01\xff\xfe" + "Títle".encode("utf-16-le"))
    frames += frame(b"TPE1", b"\x00Somebody") + frame(b"TRCK", b"\x003/9") + frame(b"TBPM", b"\x00120")
    frames += frame(b"COMM", b"\x00eng\x00" + b"words " * 20) + frame(
        b"TXXX", b"\x00CUESHEET\x00" + CUE.encode()
    )
    frames += frame(b"APIC", b"\x00image/" + kind.encode() + b"\x00\x03\x00" + cover)
    size = len(frames)
    return b"ID3\x03\x00\x00" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0)) + frames


def make_whole(folder: Path) -> dict[str, bytes]:
    """Every kind of file, undamaged, by name."""
    whole: dict[str, bytes] = {}
    for name, (pictures, sound, options) in KINDS.items():
        path = folder / name
        try:
            write_media(path, pictures, sound, options)
        except (av.FFmpegError, ValueError, OSError) as error:
            print(f"not written here: {name} ({error})", flush=True)
            continue
        whole[name] = path.read_bytes()
        path.unlink()
    covers = write_pictures(folder)
    for kind, cover in covers.items():
        whole[f"{kind}.mp3"] = id3(cover, kind) + whole["sound.mp3"]
        whole[f"cover.{kind}"] = cover
    picture = b"".join(struct.pack(">I", len(part)) + part for part in (b"image/png", b"")) + struct.pack(
        ">IIIII", 64, 64, 24, 0, len(covers["png"])
    )
    block = struct.pack(">I", 3) + picture + covers["png"]
    flac = whole["sound.flac"]
    at = 8 + int.from_bytes(flac[5:8])
    whole["png.flac"] = flac[:at] + b"\x06" + len(block).to_bytes(3) + block + flac[at:]
    whole["sheet.cue"] = CUE.encode()
    whole["sheet.m3u"] = b"#EXTM3U\n#EXTINF:3,Somebody - A title\nsheet.wav\n../sheet.wav\n/none/at/all.mp3\n"
    return whole


def damage(data: bytes, other: bytes, draw: random.Random) -> bytes:
    """A file with one to four kinds of damage; half of it near the beginning, where lengths stand."""
    made = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4))):
        size = len(made)
        if size < 16:
            break
        end = min(size, draw.choice((64, 512, 4096, size, size, size)))
        at, length = draw.randrange(end), min(size // 2, int(2 ** draw.uniform(2, 14)))
        there = draw.randrange(size)
        match draw.randrange(9):
            case 0:
                for _ in range(draw.choice((1, 2, 8, 64))):
                    made[draw.randrange(end)] ^= 1 << draw.randrange(8)
            case 1:
                del made[draw.choice((at, there)) :]
            case 2:
                made[at : at + length], made[there : there + length] = (
                    made[there : there + length],
                    made[at : at + length],
                )
            case 3:
                del made[at : at + length]
            case 4:
                made[at:at] = made[there : there + length]
            case 5:
                made[at : at + length] = bytes(len(made[at : at + length]))
            case 6:  # most likely a length: a number of four bytes that is no more than the file
                order = draw.choice((">I", "<I"))
                places = [
                    place
                    for place in range(min(end, size - 4))
                    if 0 < struct.unpack_from(order, made, place)[0] <= size
                ]
                for place in draw.sample(places, min(len(places), draw.choice((1, 1, 3)))):
                    value = draw.choice((*EXTREMES, size, size - place, draw.randrange(1 << 32)))
                    struct.pack_into(order, made, place, value)
            case 7:
                made[at : at + length] = draw.randbytes(length)
            case _:
                begin = draw.randrange(len(other))
                made[at:] = other[begin:]
    return bytes(made)


def damaged(whole: dict[str, bytes], number: int) -> tuple[str, bytes]:
    """The file of a number: its name, and what is in it."""
    draw = random.Random(number)
    names = sorted(whole)
    name = names[number % len(names)]
    return name, damage(whole[name], whole[draw.choice(names)], draw)
