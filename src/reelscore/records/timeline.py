"""Music laid under a picture: what sync makes and export reads.

Positions are integers: picture in frames of `Timeline.rate`, music in samples of `Timeline.sample_rate`.
Both count from the first frame of the picture that is shown, whatever its timecode says. Only a writer
turns them into what its format wants, with one rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

# Samples a second of every position on a timeline, whatever rate the song's file has.
TIMELINE_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Media:
    """A file that a timeline refers to, with what an editor wants to know of it."""

    path: str  # absolute, of the machine that the server runs on
    duration: Fraction  # seconds
    rate: Fraction | None = None  # frames a second; None: sound only
    variable_rate: bool = False  # `rate` is then the nominal one
    start_frame: int = 0  # the file's own start timecode, as frames of `rate`
    drop_frame: bool = False  # how that timecode is written
    false_drop: bool = False  # it is written as drop-frame, which `rate` does not have: counted as non-drop
    width: int = 0  # pixels as shown, so after rotation and pixel aspect
    height: int = 0
    sample_rate: int = 0  # of its sound; 0: no sound
    channels: int = 0
    sample_bits: int = 0  # of its sound; 0: not known
    sound_track: int = 0  # which of the file's sounds that is, from 1 on; 0: not known
    sound_tracks: int = 0  # how many it has
    picture_track: int = 0  # which of the file's pictures these are, from 1 on; 0: not known
    picture_tracks: int = 0  # how many it has
    picture_start: Fraction = Fraction(0)  # seconds on the player's clock at which the first picture stands
    sound_start: Fraction = Fraction(0)  # seconds on the player's clock at which its sound begins


@dataclass(frozen=True, slots=True)
class MusicEvent:
    """A stretch of a song on the timeline. All positions in samples of the timeline."""

    song_id: str
    title: str
    media: Media
    source_in: int  # where in the song the stretch begins
    record_in: int  # where it lies under the picture; negative: before the first frame
    length: int
    gain_db: float = 0.0
    fade_in: int = 0  # lengths of the fades, inside the stretch
    fade_out: int = 0
    artist: str = ""


@dataclass(frozen=True, slots=True)
class DuckRegion:
    """Speech under which the music is lowered; samples of the timeline."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Marker:
    """A named place of the timeline, in frames."""

    frame: int
    name: str
    kind: str  # "cut", "hit", "beat", "bar", "section", "note"
    length: int = 1


@dataclass(frozen=True, slots=True)
class Credit:
    """Who is to be named for a song. What is not known is empty."""

    song_id: str
    title: str
    artist: str = ""
    album: str = ""
    licence: str = ""
    attribution: str = ""
    rights_holder: str = ""
    publisher: str = ""
    isrc: str = ""
    iswc: str = ""
    usage: str = ""
    source_url: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A picture and the music under it."""

    name: str
    rate: Fraction  # frames a second, exact: 30000/1001, not 29.97
    frames: int  # length of the picture
    drop_frame: bool = False
    start_frame: int = 0  # timecode of the first frame, as frames of `rate`
    sample_rate: int = TIMELINE_RATE
    picture: Media | None = None
    cuts: tuple[int, ...] = ()  # first frame of each new shot
    music: tuple[MusicEvent, ...] = ()
    ducks: tuple[DuckRegion, ...] = ()
    markers: tuple[Marker, ...] = ()
    credits: tuple[Credit, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)  # what was degraded or left out, by topic
