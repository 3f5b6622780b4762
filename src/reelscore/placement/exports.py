"""Taking a timeline away: as files for editors, and as a film with the music mixed in."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from reelscore.errors import InvalidInputError
from reelscore.export.bundle import write_bundle
from reelscore.export.cue import plan_cues, with_cues
from reelscore.export.formats import (
    FORMATS,
    MARKER_WRITERS,
    WAV,
    ZIP,
    ExportOptions,
    bundle_texts,
    credit_files,
    format_of,
    suffixes_of,
)
from reelscore.export.mix_levels import MixSettings
from reelscore.export.playlist import PlaylistSong, write_m3u8
from reelscore.export.render import ducked_timeline, keep_sources, render_cue, render_mix
from reelscore.export.timecode import timecode_at
from reelscore.export.urls import MediaRoot, file_name, map_path, relocate
from reelscore.files import whole_file, write_whole
from reelscore.monitoring import return_freed_memory
from reelscore.records import (
    ProgressCallback,
    Song,
    Timeline,
    ignore_progress,
    part_of,
)
from reelscore.sync.timeline import SOFT_START
from reelscore.video.container_facts import said_of_timecode
from reelscore.video.measure.speech_curve import find_speech

_LISTENING = 0.25  # of a mix, in progress: one of four passes over the film


@dataclass(frozen=True, slots=True)
class Taken:
    """What an export wrote."""

    files: tuple[str, ...]
    notes: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


def with_speech(timeline: Timeline, *, progress: ProgressCallback = ignore_progress) -> Timeline:
    """The timeline with the speech of its film, if it has any, as what the music is lowered under."""
    media = timeline.picture
    if timeline.ducks or media is None or not media.sample_rate:
        return timeline
    end = float(media.picture_start + media.duration)
    return ducked_timeline(timeline, find_speech(media.path, end, progress=progress))


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
    songs: Iterable[Song] = (),
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
        The file, with the suffix of its kind; cues, credits and cue sheets lie beside it, or in a zip.
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
    songs
        Of the timeline, as the library has them: the playlist of a zip names one that is a stretch of a file
        by that file, and not by the copy that was cut out of it.
    progress
        Told the seconds of music written.

    Raises
    ------
    UnknownNameError
        There is no such kind.
    InvalidInputError
        The format cannot hold this timeline, or the target cannot be: it is the film or a song, for example.
    MediaError, StorageError
        The song cannot be read, or the file cannot be written.
    """
    options = options or ExportOptions()
    target = Path(target).expanduser().absolute()
    check_kind(kind, target)
    cues = plan_cues(timeline, bake=bake)
    notes = _notes(timeline, kind)
    keep_sources(timeline, [target])
    if kind == ZIP:
        return _take_zip(timeline, target, options, roots, bake, with_picture, songs, notes, progress)
    if kind == WAV:
        if not cues:
            raise InvalidInputError("no music lies under the picture, so there is no cue to write")
        paths = [target, *(target.with_stem(f"{target.stem}-{n}") for n in range(2, len(cues) + 1))]
    else:
        paths = [target.with_name(f"{target.stem}-music-{n}.wav") for n in range(1, len(cues) + 1)]
    placed = timeline
    if kind == "markers" or (original_media and kind != WAV):
        cues, paths = (), []
    else:
        keep_sources(timeline, paths)
        placed = with_cues(timeline, cues, [str(path) for path in paths])
    text = ""
    if kind != WAV:  # before a cue is written: what the format has no room for leaves nothing behind
        suffix = target.suffix.lower()
        there = relocate(placed, roots)
        text = MARKER_WRITERS[suffix](there) if kind == "markers" else format_of(kind).write(there, options)
    for cue, path in zip(cues, paths, strict=True):
        render_cue(timeline, cue, path, progress=progress)
    if kind != WAV:
        write_whole(target, text)
        paths = [target, *paths]
    files = tuple(map(str, paths))
    return Taken(files + (write_credit_files(timeline, target).files if with_credits else ()), notes)


def write_credit_files(timeline: Timeline, target: Path) -> Taken:
    """Write the credits and the cue sheets of a timeline beside `target`, under its name."""
    texts = credit_files(timeline, target.stem)
    for file, text in texts.items():
        write_whole(target.with_name(file), text)
    return Taken(tuple(str(target.with_name(file)) for file in texts))


def _take_zip(
    timeline: Timeline,
    target: Path,
    options: ExportOptions,
    roots: Sequence[MediaRoot],
    bake: bool,
    with_picture: bool,
    songs: Iterable[Song],
    notes: tuple[str, ...],
    progress: ProgressCallback,
) -> Taken:
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
        texts, left_out = bundle_texts(relocate(placed, roots), target.stem, options)
        notes = (*left_out, *notes)
        # The pieces of a fitted song are one song.
        listed = [song for song, _ in itertools.groupby(_listed(timeline, songs, roots))]
        texts[f"{target.stem}.m3u8"] = write_m3u8(listed)
        if notes:
            texts[f"{target.stem}.readme.txt"] = "".join(f"{note}\n" for note in notes)
        with whole_file(target) as temporary, temporary.open("wb") as file:
            write_bundle(file, {**texts, **entries})
    return Taken((str(target),), notes)


def _listed(timeline: Timeline, songs: Iterable[Song], roots: Sequence[MediaRoot]) -> Iterator[PlaylistSong]:
    """The music of a timeline as a playlist has it."""
    stretches = {song.id: song for song in songs if song.begin is not None}
    for event in timeline.music:
        stretch = stretches.get(event.song_id)
        yield PlaylistSong(
            map_path(event.media.path if stretch is None else str(stretch.uri), roots),
            event.title,
            event.artist,
            duration=float(event.media.duration),
            begin=None if stretch is None else stretch.begin,
        )


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
    settings, rest = settings or MixSettings(), progress
    if settings.duck is not None:
        timeline = with_speech(timeline, progress=part_of(progress, 0.0, _LISTENING, whole=1.0))
        rest = part_of(progress, _LISTENING, 1.0, whole=1.0)
        return_freed_memory()
    report = render_mix(timeline, target, settings, progress=rest)
    notes = report.notes
    if (media := timeline.picture) is not None:
        for what, track, tracks in (
            ("sound", media.sound_track, media.sound_tracks),
            ("picture", media.picture_track, media.picture_tracks),
        ):
            if tracks > 1:
                notes = (f"of the film's {tracks} {what} tracks, track {track} alone is in the mix", *notes)
    return Taken((report.path,), notes, asdict(report))


def _notes(timeline: Timeline, kind: str) -> tuple[str, ...]:
    """What this format leaves out of this timeline, or what to look after."""
    notes = []
    media = timeline.picture
    if media is not None and media.variable_rate:
        notes.append(
            f"the film has a variable rate; the timeline has {float(timeline.rate):.2f} frames a second, and "
            "editors conform it"
        )
    if media is not None and media.sound_tracks > 1 and kind not in ("edl", "markers", WAV):
        several = f"the film's {media.sound_tracks} sound tracks"
        notes.append(f"the timeline has one of {several}; add the others in the editor")
    if media is not None and media.picture_tracks > 1 and kind != WAV:
        several = f"the film's {media.picture_tracks} picture tracks"
        notes.append(f"cuts and length are those of track {media.picture_track} of {several}")
    if media is not None and (said := said_of_timecode(media)):
        notes.append(said)
    form = FORMATS.get(kind)
    if form and not form.timecode and timeline.start_frame:
        project = (
            f"the project begins at 00:00:00:00; the film's timecode begins at {timecode_at(timeline, 0)}"
        )
        listed = "set the start timecode of the timeline to that of the film before importing the list"
        notes.append(listed if kind in ("edl", "markers") else project)
    if kind == "edl" and media is not None and media.sample_rate:
        notes.append("an EDL has the picture and the music; the film's own sound stays with its file")
    # The softest of starts is in the sound of the cue.
    faded = any(e.gain_db or max(e.fade_in, e.fade_out) > SOFT_START for e in timeline.music)
    if form and not form.gain and faded:
        notes.append("fades and gain are not in this format; baked, they are in the sound of the cue")
    return tuple(notes)


def check_kind(kind: str, target: Path | None = None) -> str:
    """A kind of `formats.KINDS`, and a file that is named as such files are.

    Raises
    ------
    UnknownNameError
        There is no such kind.
    InvalidInputError
        The file has the suffix of something else: whoever opens it would be told lies.
    """
    suffixes = suffixes_of(kind)
    if target is not None and target.suffix.lower() not in suffixes:
        names = " or ".join(f"{target.stem or 'film'}{suffix}" for suffix in suffixes)
        raise InvalidInputError(f"{target.name} is no name for an export to {kind}; write {names}")
    return kind
