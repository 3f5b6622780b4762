"""The one table of sound files: what each suffix is, whether it is music, and how a browser gets it.

`ingest` walks folders by it, the server chooses by it what to send as it is, and `docs/compatibility.md`
shows it; a test compares the two. What a file really is, its content says: a suffix only decides whether it
is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath


class Kind(Enum):
    """What is done with a file in a music folder."""

    SOUND = "sound"  # indexed
    EITHER = "either"  # sound or pictures: opened to see; indexed if it has no moving pictures
    REFUSED = "refused"  # sound that cannot be decoded here: named in the report


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """One line of the table."""

    suffixes: tuple[str, ...]
    kind: Kind
    holds: str  # container and codecs, in words
    media_type: str | None = None  # for browsers that play it as it is; None: it is converted for them
    reason: str = ""  # why it is refused


def _sound(suffixes: str, holds: str, media_type: str | None = None) -> SoundFormat:
    return SoundFormat(tuple(suffixes.split()), Kind.SOUND, holds, media_type)


def _either(suffixes: str, holds: str, media_type: str | None = None) -> SoundFormat:
    return SoundFormat(tuple(suffixes.split()), Kind.EITHER, holds, media_type)


def _refused(suffixes: str, holds: str, reason: str) -> SoundFormat:
    return SoundFormat(tuple(suffixes.split()), Kind.REFUSED, holds, reason=reason)


_LOCKED = "is locked to its shop's player; fetch or export it without a lock"
_NOTES = "holds notes and no sound; render it to a sound file first"
_RARE = "is in a format that cannot be decoded; convert it to FLAC first"

FORMATS: tuple[SoundFormat, ...] = (
    _sound(".mp3 .mp2 .mp1 .mpga", "MPEG audio, layers 1 to 3", "audio/mpeg"),
    _sound(".m4a .m4b .m4r", "MP4 with AAC or ALAC", "audio/mp4"),
    _sound(".aac .adts", "raw AAC (ADTS)", "audio/aac"),
    _sound(".flac", "FLAC", "audio/flac"),
    _sound(".ogg .oga", "Ogg with Vorbis, Opus, FLAC or Speex", "audio/ogg"),
    _sound(".opus", "Ogg with Opus", "audio/ogg"),
    _sound(".spx", "Ogg with Speex"),
    _sound(".wav .wave .bwf", "WAV, also RF64, BW64 and from a pipe: PCM, float, ADPCM", "audio/wav"),
    _sound(".rf64 .w64", "RF64 and Sony Wave64"),
    _sound(".aif .aiff .aifc .afc", "AIFF and AIFF-C"),
    _sound(".caf", "Apple's Core Audio: PCM, AAC, ALAC, Opus"),
    _sound(".au .snd", "Sun audio"),
    _sound(".voc", "Creative Voice"),
    _sound(".wma", "ASF with Windows Media Audio"),
    _sound(".wv", "WavPack"),
    _sound(".ape", "Monkey's Audio"),
    _sound(".tta", "True Audio"),
    _sound(".tak", "TAK"),
    _sound(".mpc .mp+ .mpp", "Musepack"),
    _sound(".mka", "Matroska with any sound"),
    _sound(".weba", "WebM with Opus or Vorbis", "audio/webm"),
    _sound(".ac3 .eac3 .ec3", "Dolby Digital"),
    _sound(".dts", "DTS"),
    _sound(".amr", "AMR"),
    _sound(".dsf .dff", "DSD"),
    _sound(".ra", "RealAudio"),
    _either(".mp4 .m4v", "MP4", "audio/mp4"),
    _either(".webm", "WebM", "audio/webm"),
    _either(".mov .qt", "QuickTime"),
    _either(".3gp .3g2 .3gpp", "3GPP"),
    _either(".mkv", "Matroska"),
    _either(".avi .asf .wmv .flv .f4v .mpg .mpeg .ts .m2ts .mts .vob .ogv .ogx .rm .rmvb .mxf", "films"),
    _refused(".m4p", "MP4, protected", _LOCKED),
    _refused(".aa .aax .aaxc", "audio books of Audible", _LOCKED),
    _refused(".mid .midi .kar .rmi", "MIDI", _NOTES),
    _refused(".mod .xm .s3m .it .mptm .mo3", "tracker modules", _NOTES),
    _refused(".sid .nsf .spc .vgm .vgz .gbs .ay", "music of game consoles", _NOTES),
    _refused(".shn .ofr .ofs .la .wavpack .vqf .gsm .oma .aa3 .at3 .qcp .thd .mlp .iamf", "rare", _RARE),
)

_BY_SUFFIX = {suffix: line for line in FORMATS for suffix in line.suffixes}
# Suffixes of files that are opened as sound without a look at what is in them.
AUDIO_SUFFIXES = frozenset(suffix for suffix, line in _BY_SUFFIX.items() if line.kind is Kind.SOUND)
# A name that belongs to a picture or a text ends in none of these; it is passed over in silence.
KNOWN_SUFFIXES = frozenset(_BY_SUFFIX)


def format_of(name: str | PurePath) -> SoundFormat | None:
    """The line of the table for a file, by its suffix; None for one that is no sound by its name."""
    return _BY_SUFFIX.get(PurePath(name).suffix.lower())


def media_type_of(name: str | PurePath) -> str | None:
    """The type under which a browser plays a file as it is; None where it has to be converted for it."""
    found = format_of(name)
    return found.media_type if found is not None else None
