"""Films of the export tests, and what is looked for in files."""

from __future__ import annotations

import zlib
from pathlib import Path

import av
import numpy as np
from video_files import babble, pan, scenery, write

from reelscore.audio.decode import load
from reelscore.export.mix_levels import MixSettings
from reelscore.records import MusicEvent, Timeline
from reelscore.video.container_facts import probe_media

RATE = 48_000
FRAMES = pan(scenery(1), 200, step=2)
AS_IT_IS = MixSettings(loudness=None, duck=None)


def film(path: Path, *, late: int = 0, speech: bool = False, **options: object) -> Path:
    """Eight seconds at 25 frames; `late`: milliseconds until the first picture."""
    sound = np.zeros(16_000 * 8, np.float32)
    if speech:
        sound[16_000 * 3 : 16_000 * 6] = babble(3, seed=2)
    times = [late + 40 * index for index in range(200)] if late else None
    return write(path, FRAMES, rate=25, times=times, sound=sound, preset="veryfast", **options)  # type: ignore[arg-type]


def with_timecode(plain: Path, path: Path, code: str) -> Path:
    """A film with the packets of another, which goes; it states a start timecode."""
    with av.open(str(plain)) as reader, av.open(str(path), "w") as writer:
        streams = {s.index: writer.add_stream_from_template(s) for s in reader.streams}
        streams[0].metadata["timecode"] = code
        for packet in reader.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                writer.mux(packet)
    plain.unlink()
    return path


def phone_times(frames: int) -> list[int]:
    """Milliseconds of the pictures of a phone: 30 or 40 apart, 30 a second on the whole."""
    return np.cumsum([0, *(30 + 10 * (n % 3 == 0) for n in range(frames - 1))]).tolist()


def timeline_of(path: Path, song: Path, *, record_in: float = 0.5, source_in: float = 1.0) -> Timeline:
    media = probe_media(path)
    assert media.rate is not None
    event = MusicEvent(
        song_id="s",
        title="Song",
        media=probe_media(song),
        source_in=round(source_in * RATE),
        record_in=round(record_in * RATE),
        length=7 * RATE,
    )
    frames = round(media.duration * media.rate)
    return Timeline(
        name="film",
        rate=media.rate,
        frames=frames,
        picture=media,
        music=(event,),
        start_frame=media.start_frame,
        drop_frame=media.drop_frame,
    )


def picture_packets(path: Path) -> list[tuple[int, bytes]]:
    """(milliseconds from the first picture, bytes) of each packet."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packets = [p for p in container.demux(stream) if p.size]
        first = min(p.pts for p in packets if p.pts is not None)
        return [(round((p.pts - first) * stream.time_base * 1000), bytes(p)) for p in packets]


def pictures(path: Path) -> list[int]:
    """A checksum of each decoded picture."""
    with av.open(str(path)) as container:
        return [zlib.crc32(frame.to_ndarray().tobytes()) for frame in container.decode(video=0)]


def sound_of(path: Path) -> np.ndarray:
    """Decoded by PyAV from the first sample on, mono, 48 kHz."""
    return load(path, sample_rate=RATE).samples


def onsets(sound: np.ndarray, level: float = 0.25) -> list[int]:
    """The samples of the clicks."""
    above = np.flatnonzero(np.abs(sound) > level * np.abs(sound).max())
    starts = above[np.insert(np.diff(above) > 4_800, 0, True)]
    return [int(start + np.argmax(np.abs(sound[start : start + 100]))) for start in starts]
