"""Which writer a file needs, by what it begins with."""

from __future__ import annotations

from typing import BinaryIO

from reelscore.sources.tags.containers import kind_of
from reelscore.sources.tags.id3 import tag_length
from reelscore.sources.tags.writing.chunks import edit_aiff, edit_wav
from reelscore.sources.tags.writing.edit import Edit, TagsNotWritableError, Wanted
from reelscore.sources.tags.writing.id3 import edit_id3
from reelscore.sources.tags.writing.mp4 import edit_mp4
from reelscore.sources.tags.writing.vorbis import edit_flac, edit_ogg

_WRITERS = {"flac": edit_flac, "ogg": edit_ogg, "mp4": edit_mp4, "riff": edit_wav, "aiff": edit_aiff}
# FFmpeg's names of sound that is nothing but sound, with an ID3v2 tag before it.
_BARE = ("mp3", "aac")
WRITTEN = "MP3, FLAC, Ogg (Vorbis, Opus, FLAC), M4A, WAV and AIFF"


def edit_tags(file: BinaryIO, container: str, wanted: Wanted) -> Edit:
    """The file with other tags.

    Parameters
    ----------
    container
        FFmpeg's name for what the file is.

    Raises
    ------
    TagsNotWritableError
        Tags of such a file are not written, or this one is damaged.
    """
    file.seek(tag_length(file))
    kind = kind_of(file.read(16)) or ""
    if kind in _WRITERS:
        return _WRITERS[kind](file, wanted)
    if container in _BARE:
        return edit_id3(file, wanted)
    raise TagsNotWritableError(f"tags of this kind of file ({container}) are not written; {WRITTEN} are")
