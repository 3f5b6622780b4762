"""Timelines of all kinds that editors know, with where their music and cuts are to be found again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from reelscore.export.frame_grid import sample_of_frame
from reelscore.records import Credit, Marker, Media, MusicEvent, Timeline

NTSC_24, NTSC_30, NTSC_60 = (Fraction(n * 1000, 1001) for n in (24, 30, 60))
HARD_NAME = "a b #1 100%? & <é> '中文' " + "x" * 170 + ".mov"
ARTIST = "Zoë & Söhne"


def media(path: str, frames: int, rate: Fraction, **facts: object) -> Media:
    picture = Media(path, frames / rate, rate=rate, width=1920, height=1080, sample_rate=48_000, channels=2)
    return replace(picture, **facts)  # type: ignore[arg-type]


def make_timeline(
    rate: Fraction,
    *,
    name: str = "film",
    frames: int = 300,
    drop: bool = False,
    start: int = 0,
    path: str = "/films/film.mov",
    on_frames: bool = True,
    **facts: object,
) -> Timeline:
    """A picture with three cuts and two songs; `on_frames`: their in-points are whole frames."""
    picture = media(path, frames, rate, start_frame=start, drop_frame=drop, **facts)
    plain = Timeline(name=name, rate=rate, frames=frames, drop_frame=drop, start_frame=start, picture=picture)
    events = []
    for number, (record, source, length) in enumerate(((12, 30, 100), (150, 7, 120)), start=1):
        first = sample_of_frame(record, plain)
        events.append(
            MusicEvent(
                song_id=f"song-{number}",
                title=f"Song {number}",
                artist=ARTIST,
                media=Media(
                    f"/music/song {number} #{number}.wav", Fraction(60), sample_rate=48_000, channels=2
                ),
                source_in=sample_of_frame(source, plain) + (0 if on_frames else 407),
                record_in=first + (0 if on_frames else 211),
                length=sample_of_frame(record + length, plain) - first,
                gain_db=-6.0 if number == 1 else 0.0,
                fade_in=sample_of_frame(10, plain) if number == 1 else 0,
                fade_out=sample_of_frame(25, plain) if number == 1 else 0,
            )
        )
    return replace(
        plain,
        cuts=(50, 120, 199),
        music=tuple(events),
        markers=(Marker(60, "hit | one", "hit"), Marker(199, "the end, “nearly”", "section", 5)),
        credits=(Credit("song-1", "Song 1", ARTIST, licence="CC-BY-4.0", isrc="USRC17607839"),),
    )


CASES: dict[str, Timeline] = {
    "23.976": make_timeline(NTSC_24),
    "24": make_timeline(Fraction(24)),
    "25": make_timeline(Fraction(25), start=25 * 3600),
    "29.97 DF": make_timeline(NTSC_30, drop=True, start=107892),
    "29.97 NDF": make_timeline(NTSC_30, start=108000),
    "30": make_timeline(Fraction(30)),
    "50": make_timeline(Fraction(50), start=50 * 3600),
    "59.94 DF": make_timeline(NTSC_60, drop=True, start=2157840),
    "VFR phone": make_timeline(NTSC_30, variable_rate=True, width=1080, height=1920),
    "18:45:23:23": make_timeline(Fraction(24), start=((18 * 60 + 45) * 60 + 23) * 24 + 23),
    "portrait": make_timeline(Fraction(30), width=1080, height=1920),
    "late picture": make_timeline(Fraction(24), picture_start=Fraction(1, 2)),
    "hard name": make_timeline(Fraction(25), name="Film #1: 100%? & <é> '中文'", path=f"/films/{HARD_NAME}"),
    "across midnight of drop-frame minutes": make_timeline(NTSC_30, drop=True, start=1700),
}
# (first frame, frames) on the timeline, and the first frame of the source
MUSIC = ((12, 100, 30), (150, 120, 7))
CUTS = (50, 120, 199)
