"""Timelines of a film with a song under it: from a place that somebody names, or of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from reelscore.catalog.store import Catalog
from reelscore.errors import InvalidInputError, MediaNotFoundError
from reelscore.library import rights
from reelscore.library.placed_songs import laid_song
from reelscore.library.sound_files import file_of, sound_file
from reelscore.placement.service import SyncService
from reelscore.records import (
    TIMELINE_RATE,
    Credit,
    Marker,
    Media,
    MusicEvent,
    ProgressCallback,
    Song,
    Timeline,
    VideoMeasurements,
    ignore_progress,
    song_id,
)
from reelscore.sources.folder.rights import credit_of
from reelscore.sources.folder.tags import fields_of_file, parse_name
from reelscore.sources.tags.meaning import tags_of
from reelscore.sources.usage_terms import audition_refusal
from reelscore.sync.timeline import fade_of_the_end, fade_of_the_start
from reelscore.video.container_facts import probe_media
from reelscore.video.measure.video import measure_video
from reelscore.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Lay:
    """How one song is laid under a film."""

    offset: float = 0.0  # second of the song under the first frame; negative: it begins this much later
    gain_db: float = 0.0
    fade_in: float | None = None  # seconds; None: .005 if it begins past the beginning of the song
    fade_out: float | None = None  # seconds; None: 1.5 if the picture ends before the song does


def song_of_file(path: Path) -> Song:
    """A song of which the library knows nothing: an audio file with its own tags.

    Raises
    ------
    MediaNotFoundError
        There is no such file, or it may not be read.
    """
    path = path.expanduser().absolute()
    try:
        tags = tags_of(fields_of_file(path))
    except OSError as error:
        raise MediaNotFoundError(f"cannot read {path}: {error.strerror or error}") from error
    artists, title = parse_name(path.stem)
    return Song(
        id=song_id("folder", str(path)),
        source="folder",
        source_id=str(path),
        title=tags.title or title,
        artists=tags.artists or artists,
        album=tags.album,
        uri=str(path),
        isrc=tags.isrc,
    )


def lay_song(
    wiring: Wiring,
    video: str | Path,
    song: Song,
    lay: Lay | None = None,
    *,
    find_cuts: bool = True,
    measured: VideoMeasurements | None = None,
    name: str | None = None,
    credit: Credit | None = None,
    progress: ProgressCallback = ignore_progress,
) -> Timeline:
    """The timeline of a film with a song under it.

    Parameters
    ----------
    wiring
        Where songs that are stretches of a file are cut out.
    video
        The film.
    song
        Of the library, or of `song_of_file`.
    lay
        Where it lies and how it fades.
    find_cuts
        Whether the timeline has the cuts of the film.
    measured
        What is known of the film; not given: it is measured for its cuts, which takes a while.
    name
        Of the timeline; not given: that of the film.
    credit
        The rights of the song; not given: what its tags and the files beside it say.
    progress
        Told the seconds of film seen so far.

    Raises
    ------
    InvalidInputError
        The terms of the song's source forbid it, or no part of the song lies under the film.
    MediaError
        The film or the song cannot be read.
    """
    lay = lay or Lay()
    refusal = audition_refusal(song)
    if refusal is not None:
        raise InvalidInputError(f"“{song.title}” cannot be taken away: {refusal}")
    picture = probe_media(video)
    if picture.rate is None:
        raise InvalidInputError(
            f"{video} has no picture, so it is not a film; name a video first, then a song"
        )
    media = probe_media(sound_file(wiring, song))
    frames = max(1, round(picture.duration * picture.rate))
    bare = Timeline(
        name=name or Path(video).stem,
        rate=picture.rate,
        frames=frames,
        drop_frame=picture.drop_frame,
        start_frame=picture.start_frame,
        picture=picture,
        credits=(credit or credit_of(song),),
    )
    bare = replace(bare, music=(laid_event(song, media, lay, bare),))
    if not find_cuts:
        return bare
    measured = measured or measure_video(video, progress=progress).measurements
    # Cuts stand on the clock of the player, whose zero may lie before the first picture.
    begin = measured.picture_start
    cuts = sorted({round((cut - begin) * float(picture.rate)) for cut in measured.cuts})
    cuts = [cut for cut in cuts if 0 < cut < frames]
    markers = tuple(Marker(cut, f"cut {number}", "cut") for number, cut in enumerate(cuts, start=1))
    return replace(bare, cuts=tuple(cuts), markers=markers)


def stored_measurements(catalog: Catalog, wiring: Wiring, content: str | None) -> VideoMeasurements | None:
    """What was measured of a film (SHA-256 of its bytes, hex) when it was analysed; None if it was not."""
    stored = catalog.find_analysis(content, wiring.analyzer.cache_key) if content else None
    return stored[0].measurements if stored else None


def in_own_files(timeline: Timeline, songs: Iterable[Song]) -> Timeline:
    """The timeline with songs that are stretches of a file at their place in that file.

    For editors: the copies that are cut out to be heard are not kept for ever.

    Raises
    ------
    MediaError
        The file of a song is gone or cannot be read.
    """
    begins = {song.id: song for song in songs if song.begin is not None}
    music = []
    for event in timeline.music:
        if (song := begins.get(event.song_id)) is not None:
            begin = round((song.begin or 0.0) * timeline.sample_rate)
            event = replace(event, media=probe_media(file_of(song)), source_in=event.source_in + begin)
        music.append(event)
    return replace(timeline, music=tuple(music))


def lay_plan(wiring: Wiring, plan_id: str, video: str | Path, *, name: str | None = None) -> Timeline:
    """The timeline of a plan or a fit that was made before, with its film at `video`.

    Raises
    ------
    NotFoundError
        There is no such plan, or it was made too long ago.
    StaleError
        Its film or its song has changed since.
    InvalidInputError
        The terms of the song's source forbid it.
    MediaError
        The film or the song cannot be read.
    """
    service = SyncService(wiring)
    made_from = service.document(plan_id)["made_from"]
    timeline = service.timeline(plan_id)
    song = laid_song(wiring, made_from["song"]).song
    refusal = audition_refusal(song)
    if refusal is not None:
        raise InvalidInputError(f"“{song.title}” cannot be taken away: {refusal}")
    picture = probe_media(video)
    return replace(
        timeline,
        name=name or Path(video).stem,
        picture=picture,
        start_frame=picture.start_frame,
        drop_frame=picture.drop_frame,
        credits=(replace(rights.credit(wiring.catalog, song), song_id=timeline.music[0].song_id),)
        if timeline.music
        else (),
        # Measured more finely if the music is to make room.
        ducks=(),
    )


def laid_event(song: Song, media: Media, lay: Lay, timeline: Timeline) -> MusicEvent:
    """What of a song lies under a film; `audition/pieces.js` says the same for the ear.

    Raises
    ------
    InvalidInputError
        No part of it does.
    """
    rate = TIMELINE_RATE
    end = round(Fraction(timeline.frames) * rate / timeline.rate)
    offset = round(lay.offset * rate)
    source, record = max(0, offset), max(0, -offset)
    whole = round(media.duration * rate)
    length = min(whole - source, end - record)
    if length <= 0:
        raise InvalidInputError(
            f"no part of “{song.title}” ({float(media.duration):.1f} s) lies under the film "
            f"({end / rate:.1f} s) at an offset of {lay.offset:g} s"
        )
    fade_in, fade_out = fade_of_the_start(source, length), fade_of_the_end(whole, source, length)
    if lay.fade_in is not None:
        fade_in = min(round(lay.fade_in * rate), length // 2)
    if lay.fade_out is not None:
        fade_out = min(round(lay.fade_out * rate), length // 2)
    return MusicEvent(
        song_id=song.id,
        title=song.title,
        media=media,
        source_in=source,
        record_in=record,
        length=length,
        gain_db=lay.gain_db,
        fade_in=fade_in,
        fade_out=fade_out,
        artist=", ".join(song.artists),
    )
