"""What is measured in a video, and the music that it wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reelscore.records.search import Phrase


@dataclass(frozen=True, slots=True)
class Dissolve:
    """A change of shots that takes time."""

    start: float
    end: float
    kind: str = "dissolve"  # "dissolve", "fade" (from, to or through a plain colour)


@dataclass(frozen=True, slots=True)
class Shot:
    """A piece of video between two changes of shots; after one that takes time, from its middle on."""

    start: float
    end: float
    begins: str = "cut"  # "start" (of the video), "cut", "dissolve", "fade"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of video in which the material stays alike."""

    start: float
    end: float
    energy: float  # 0..1
    mood: str


@dataclass(frozen=True, slots=True)
class VideoMeasurements:
    """What one pass over a video measured. Levels are 0..1.

    Times are seconds on the clock of a player, here and in `Dissolve`, `Shot` and `Section`: pictures or
    sound may set in later than 0. Curves begin at 0.
    """

    duration: float  # when the last picture is over
    width: int  # as shown, so after rotation
    height: int
    frame_rate: float | None  # frames a second; None if there is no meaningful one
    rotation: int  # degrees clockwise that a player turns the picture by: 0, 90, 180, 270
    frames: int  # pictures in the file
    cuts: tuple[float, ...]  # when the first frame of each new shot is shown
    cuts_per_minute: float
    motion: float
    brightness: float
    contrast: float
    saturation: float
    warmth: float  # -1 (blue) .. 1 (red)
    has_audio: bool
    loudness_lufs: float | None = None  # None: no sound, or digital silence
    speech: float | None = None  # how much like speech the sound is
    motion_curve: tuple[float, ...] = ()  # one value a second
    brightness_curve: tuple[float, ...] = ()
    energy_curve: tuple[float, ...] = ()
    dissolves: tuple[Dissolve, ...] = ()  # and fades, in order
    shots: tuple[Shot, ...] = ()
    camera: Mapping[str, float] = field(default_factory=dict)  # "pan left", "still", ... -> share of the time
    steadiness: float | None = None  # 1: on a tripod, 0: shaken; None if too little was seen
    frames_decoded: int = 0
    music: float | None = None  # how clear a beat its sound has
    music_tempo_bpm: float | None = None  # of its own music
    music_tempo_confidence: float = 0.0
    speech_spans: tuple[tuple[float, float], ...] = ()  # seconds of speech; none if they were not looked for
    picture_start: float = 0.0  # when the first picture is shown
    # (left, top, right, bottom) of what was measured, shares of the frame; None: all of it. Bars, and what
    # stands still around a picture, are left out.
    active_picture: tuple[float, float, float, float] | None = None
    sound_start: float | None = None  # when its sound sets in; None without sound
    # The waveform of its sound: the peak of each of equal stretches, beside the highest; () without sound.
    sound_curve: tuple[float, ...] = ()
    rate: str | None = None  # frames a second, exact: "30000/1001"; the nominal one if it is variable
    variable_rate: bool = False
    start_frame: int = 0  # the file's own start timecode, as frames of `rate`
    drop_frame: bool = False  # how that timecode is written

    @property
    def shown_seconds(self) -> float:
        """How long pictures are shown."""
        return self.duration - self.picture_start


@dataclass(frozen=True, slots=True)
class VideoAnalysis:
    """What a video shows and what music it wants: the seven documented fields, and ours."""

    description: str
    music_recommendation: str
    keywords: tuple[str, ...]
    mood: str
    genre_suggestions: tuple[str, ...]
    tempo: str  # "Slow", "Medium", "Fast"
    energy_level: str  # "Low", "Medium", "High"
    analyzer: str  # "local", "gemini:<model>"
    phrases: tuple[Phrase, ...] = ()
    tempo_bpm: tuple[float, float] | None = None
    energy: float | None = None
    sections: tuple[Section, ...] = ()
    basis: Mapping[str, str] = field(default_factory=dict)  # field -> the measurements that it rests on
    measurements: VideoMeasurements | None = None
    degraded: str | None = None  # why a lesser analyser answered than was asked for
    extra: Mapping[str, Any] = field(default_factory=dict)
