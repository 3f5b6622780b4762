"""The one table of sound files: what each suffix is, whether it is music, and what a browser plays as it is.

`ingest` walks folders by the first part, the server chooses by the second what to send as it is, and
`docs/compatibility.md` shows both; a test compares them. What a file really is, its content says: a suffix
only decides whether it is looked at.
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
    reason: str = ""  # why it is refused


def _sound(suffixes: str, holds: str) -> SoundFormat:
    return SoundFormat(tuple(suffixes.split()), Kind.SOUND, holds)


def _either(suffixes: str, holds: str) -> SoundFormat:
    return SoundFormat(tuple(suffixes.split()), Kind.EITHER, holds)


def _refused(suffixes: str, holds: str, reason: str) -> SoundFormat:
    return SoundFormat(tuple(suffixes.split()), Kind.REFUSED, holds, reason=reason)


_LOCKED = "is locked to its shop's player; fetch or export it without a lock"
_NOTES = "holds notes and no sound; render it to a sound file first"
_RARE = "is in a format that cannot be decoded; convert it to FLAC first"

FORMATS: tuple[SoundFormat, ...] = (
    _sound(".mp3 .mp2 .mp1 .mpga", "MPEG audio, layers 1 to 3"),
    _sound(".m4a .m4b .m4r", "MP4 with AAC or ALAC"),
    _sound(".aac .adts", "raw AAC (ADTS)"),
    _sound(".flac", "FLAC"),
    _sound(".ogg .oga", "Ogg with Vorbis, Opus, FLAC or Speex"),
    _sound(".opus", "Ogg with Opus"),
    _sound(".spx", "Ogg with Speex"),
    _sound(".wav .wave .bwf", "WAV, also RF64, BW64 and from a pipe: PCM, float, ADPCM"),
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
    _sound(".weba", "WebM with Opus or Vorbis"),
    _sound(".ac3 .eac3 .ec3", "Dolby Digital"),
    _sound(".dts", "DTS"),
    _sound(".amr", "AMR"),
    _sound(".dsf .dff", "DSD"),
    _sound(".ra", "RealAudio"),
    _either(".mp4 .m4v", "MP4"),
    _either(".webm", "WebM"),
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


@dataclass(frozen=True, slots=True)
class BrowserFormat:
    """What browsers play as it is; everything else they get as FLAC."""

    container: str
    codecs: tuple[str, ...]  # FFmpeg's names
    media_type: str
    # Whether an audio element finds a place in it to the sample. In MP3 it is up to 2 s off, in Vorbis 23 ms.
    seekable: bool = True


BROWSER_FORMATS: tuple[BrowserFormat, ...] = (
    BrowserFormat("flac", ("flac",), "audio/flac"),
    BrowserFormat("wav", ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le"), "audio/wav"),
    BrowserFormat("mp4", ("aac",), "audio/mp4"),
    BrowserFormat("ogg", ("opus", "flac"), "audio/ogg"),
    BrowserFormat("webm", ("opus",), "audio/webm"),
    BrowserFormat("ogg", ("vorbis",), "audio/ogg", seekable=False),
    BrowserFormat("webm", ("vorbis",), "audio/webm", seekable=False),
    BrowserFormat("mp3", ("mp3",), "audio/mpeg", seekable=False),
    BrowserFormat("aac", ("aac",), "audio/aac", seekable=False),
)
FLAC = BROWSER_FORMATS[0]
_HEAD_BYTES = 64


def browser_format_of(container: str, codec: str | None, head: bytes) -> BrowserFormat | None:
    """What a browser takes a file for; None for one that it has to be converted for.

    Parameters
    ----------
    container, codec
        FFmpeg's names for what the file is.
    head
        Its first bytes, which tell WebM from Matroska and plain WAV from its larger kin.
    """
    name = container.partition(",")[0]
    name = {"mov": "mp4", "matroska": "webm"}.get(name, name)
    if name == "webm" and b"webm" not in head[:_HEAD_BYTES]:
        return None
    if name == "wav" and head[:4] != b"RIFF":
        return None
    return next((line for line in BROWSER_FORMATS if line.container == name and codec in line.codecs), None)
