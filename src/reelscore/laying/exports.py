"""Taking a timeline away: what `reelscore export`, `reelscore mix` and the API do."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from reelscore.errors import InvalidInputError, MediaNotFoundError
from reelscore.export.atomic import whole_file, write_whole
from reelscore.export.bundle import write_bundle
from reelscore.export.cue import plan_cues, with_cues
from reelscore.export.formats import (
    KINDS,
    MARKER_WRITERS,
    WAV,
    ZIP,
    ExportOptions,
    bundle_texts,
    credit_files,
    format_of,
)
from reelscore.export.mix import MixSettings
from reelscore.export.playlist import PlaylistSong, write_m3u8
from reelscore.export.render import ducked_timeline, render_cue, render_mix
from reelscore.export.urls import MediaRoot, file_name, map_path, relocate
from reelscore.laying.sync import SyncService
from reelscore.library.laid_songs import laid_song
from reelscore.records import (
    TIMELINE_RATE,
    Marker,
    Media,
    MusicEvent,
    ProgressCallback,
    Song,
    Timeline,
    ignore_progress,
    song_id,
)
from reelscore.sources.folder.rights import credit_of
from reelscore.sources.folder.tags import parse_name, read_tags
from reelscore.sources.licences import audition_refusal
from reelscore.video.container_facts import probe_media
from reelscore.video.measure.speech_curve import find_speech
from reelscore.video.measure.video import measure_video
from reelscore.wiring import Wiring

_FADE_OUT_SECONDS = 1.5  # of music that the picture cuts short


@dataclass(frozen=True, slots=True)
class Lay:
    """How one song is laid under a film."""

    offset: float = 0.0  # second of the song under the first frame; negative: it begins so much later
    gain_db: float = 0.0
    fade_in: float = 0.0  # seconds
    fade_out: float | None = None  # seconds; None: 1.5 where the picture ends before the song does


@dataclass(frozen=True, slots=True)
class Taken:
    """What an export wrote."""

    files: tuple[str, ...]
    notes: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


def song_of_file(path: Path) -> Song:
    """A song of which the library knows nothing: an audio file with its own tags.

    Raises
    ------
    MediaNotFoundError
        There is no such file, or it may not be read.
    """
    path = path.expanduser().absolute()
    try:
        with path.open("rb") as file:
            tags = read_tags(path, file)
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
    video: str | Path,
    song: Song,
    lay: Lay | None = None,
    *,
    find_cuts: bool = True,
    name: str | None = None,
    progress: ProgressCallback = ignore_progress,
) -> Timeline:
    """The timeline of a film with a song under it.

    Parameters
    ----------
    video
        The film.
    song
        Of the library, or of `song_of_file`.
    lay
        Where it lies and how it fades.
    find_cuts
        Whether the film is measured for its cuts, which takes a while.
    name
        Of the timeline; not given: that of the film.
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
    media = probe_media(song.uri or "")
    frames = max(1, round(picture.duration * picture.rate))
    bare = Timeline(
        name=name or Path(video).stem,
        rate=picture.rate,
        frames=frames,
        drop_frame=picture.drop_frame,
        start_frame=picture.start_frame,
        picture=picture,
        credits=(credit_of(song),),
    )
    bare = replace(bare, music=(_event(song, media, lay, bare),))
    if not find_cuts:
        return bare
    measured = measure_video(video, progress=progress).measurements
    # Cuts stand on the clock of the player, whose zero may lie before the first picture.
    begin = measured.picture_start
    cuts = sorted({round((cut - begin) * float(picture.rate)) for cut in measured.cuts})
    cuts = [cut for cut in cuts if 0 < cut < frames]
    markers = tuple(Marker(cut, f"cut {number}", "cut") for number, cut in enumerate(cuts, start=1))
    return replace(bare, cuts=tuple(cuts), markers=markers)


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
        credits=(replace(credit_of(song), song_id=timeline.music[0].song_id),) if timeline.music else (),
        # Measured more finely if the music is to make room.
        ducks=(),
    )


def with_speech(timeline: Timeline, *, progress: ProgressCallback = ignore_progress) -> Timeline:
    """The timeline with the speech of its film, if it has any, as what the music is lowered under."""
    media = timeline.picture
    if timeline.ducks or media is None or not media.sample_rate:
        return timeline
    end = float(media.picture_start + media.duration)
    return ducked_timeline(timeline, find_speech(media.path, end, progress=progress))


def _event(song: Song, media: Media, lay: Lay, timeline: Timeline) -> MusicEvent:
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
    cut_short = whole - source - length > rate // 10
    fade_out = lay.fade_out if lay.fade_out is not None else (_FADE_OUT_SECONDS if cut_short else 0.0)
    return MusicEvent(
        song_id=song.id,
        title=song.title,
        media=media,
        source_in=source,
        record_in=record,
        length=length,
        gain_db=lay.gain_db,
        fade_in=min(round(lay.fade_in * rate), length // 2),
        fade_out=min(round(fade_out * rate), length // 2),
        artist=", ".join(song.artists),
    )


def take_away(
    timeline: Timeline,
    kind: str,
    target: str | Path,
    *,
    options: ExportOptions | None = None,
    roots: Sequence[MediaRoot] = (),
    original_media: bool = False,
    bake: bool = False,
    with_credits: bool = True,
    with_picture: bool = False,
    progress: ProgressCallback = ignore_progress,
) -> Taken:
    """Write a timeline for an editor, with the music beside it as WAV that begins on a frame.

    Parameters
    ----------
    timeline
        Of `lay_song` or a plan.
    kind
        One of `formats.KINDS`.
    target
        The file; cues, credits and cue sheets lie beside it, or in it if it is a zip.
    options
        How the formats are written.
    roots
        Where folders of this machine lie on that of the editor.
    original_media
        Whether the song's own file is named instead of a cue.
    bake
        Whether gain, fades and ducking are in the sound of the cue.
    with_credits
        Whether credits and cue sheets are written beside it; a zip always has them.
    with_picture
        Whether a zip holds the film.
    progress
        Told the seconds of music written.

    Raises
    ------
    UnknownNameError
        There is no such kind.
    InvalidInputError
        The format cannot hold this timeline, or the target cannot be.
    MediaError, StorageError
        The song cannot be read, or the file cannot be written.
    """
    options = options or ExportOptions()
    target = Path(target).expanduser().absolute()
    if kind not in (WAV, ZIP):
        format_of(kind)  # an unknown one is told before work
    cues = plan_cues(timeline, bake=bake)
    notes = _notes(timeline, kind)
    if kind == ZIP:
        files = _take_zip(timeline, target, options, roots, bake, with_picture, progress)
        return Taken(files, notes)
    written: list[Path] = []
    if kind == WAV:
        if not cues:
            raise InvalidInputError("no music lies under the picture, so there is no cue to write")
        paths = [target, *(target.with_stem(f"{target.stem}-{n}") for n in range(2, len(cues) + 1))]
    else:
        paths = [target.with_name(f"{target.stem}-music-{n}.wav") for n in range(1, len(cues) + 1)]
    placed = timeline
    if kind == WAV or (not original_media and kind != "markers"):
        for cue, path in zip(cues, paths, strict=True):
            render_cue(timeline, cue, path, progress=progress)
            written.append(path)
        placed = with_cues(timeline, cues, [str(path) for path in paths])
    if kind != WAV:
        suffix = target.suffix.lower()
        there = relocate(placed, roots)
        if kind == "markers" and suffix in MARKER_WRITERS:
            text = MARKER_WRITERS[suffix](there)
        else:
            text = format_of(kind).write(there, options)
        write_whole(target, text)
        written.insert(0, target)
    if with_credits:
        for file, text in credit_files(timeline, target.stem).items():
            write_whole(target.with_name(file), text)
            written.append(target.with_name(file))
    return Taken(tuple(map(str, written)), notes)


def _take_zip(
    timeline: Timeline,
    target: Path,
    options: ExportOptions,
    roots: Sequence[MediaRoot],
    bake: bool,
    with_picture: bool,
    progress: ProgressCallback,
) -> tuple[str, ...]:
    """A zip that holds everything. Its timelines name files as they lie once it is unpacked beside itself."""
    cues = plan_cues(timeline, bake=bake)
    folder = target.with_suffix("")
    with tempfile.TemporaryDirectory(dir=_folder_of(target), prefix=".reelscore-") as made:
        entries: dict[str, str | bytes | Path] = {}
        names = [f"{target.stem}-music-{number}.wav" for number in range(1, len(cues) + 1)]
        for cue, name in zip(cues, names, strict=True):
            render_cue(timeline, cue, Path(made) / name, progress=progress)
            entries[name] = Path(made) / name
        placed = with_cues(timeline, cues, [str(folder / name) for name in names])
        if with_picture and placed.picture is not None:
            film = file_name(placed.picture.path)
            entries[film] = Path(placed.picture.path)
            placed = replace(placed, picture=replace(placed.picture, path=str(folder / film)))
        texts = bundle_texts(relocate(placed, roots), target.stem, options)
        songs = [
            PlaylistSong(map_path(event.media.path, roots), event.title, event.artist)
            for event in timeline.music
        ]
        texts[f"{target.stem}.m3u8"] = write_m3u8(songs)
        with whole_file(target) as temporary, temporary.open("wb") as file:
            write_bundle(file, {**texts, **entries})
    return (str(target),)


def _folder_of(target: Path) -> Path:
    if not target.parent.is_dir():
        raise InvalidInputError(f"there is no folder {target.parent}; make it first")
    return target.parent


def mix(
    timeline: Timeline,
    target: str | Path,
    settings: MixSettings | None = None,
    *,
    progress: ProgressCallback = ignore_progress,
) -> Taken:
    """Write the film with the music mixed in; speech in its own sound is measured if the music makes room.

    Raises as `render.render_mix` does.
    """
    settings = settings or MixSettings()
    if settings.duck is not None:
        timeline = with_speech(timeline, progress=progress)
    report = render_mix(timeline, target, settings, progress=progress)
    return Taken((report.path,), report.notes, asdict(report))


def _notes(timeline: Timeline, kind: str) -> tuple[str, ...]:
    """What this format leaves out of this timeline, or what to look after."""
    notes = []
    media = timeline.picture
    if media is not None and media.variable_rate:
        notes.append(
            f"the film has a variable rate; the timeline has {float(timeline.rate):.2f} frames a second, and "
            "editors conform it"
        )
    if kind in ("edl", "markers") and timeline.start_frame:
        notes.append("set the start timecode of the timeline to that of the film before importing the list")
    if kind == "edl" and media is not None and media.sample_rate:
        notes.append("an EDL has the picture and the music; the film's own sound stays with its file")
    if kind in ("otio", "edl") and any(e.gain_db or e.fade_in or e.fade_out for e in timeline.music):
        notes.append("fades and gain are not in this format; --bake puts them into the sound of the cue")
    return tuple(notes)


def check_kind(kind: str) -> str:
    """A kind of `formats.KINDS`.

    Raises
    ------
    UnknownNameError
        There is no such kind.
    """
    if kind not in KINDS:
        format_of(kind)
    return kind
