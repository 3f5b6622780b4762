"""`reelscore export` and `reelscore mix`: a song under a film, taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from reelscore.cli.backend import catalog_beside
from reelscore.cli.naming import stored_song
from reelscore.cli.output import escape, note, print_json, progress_bar, say
from reelscore.cli.panels import AsJson
from reelscore.config import load_settings
from reelscore.errors import InvalidInputError
from reelscore.export.fcpxml import DEFAULT_VERSION
from reelscore.export.formats import KINDS, WAV, ZIP, ExportOptions
from reelscore.export.mix_levels import DuckSettings, MixSettings
from reelscore.export.urls import read_media_root
from reelscore.files import hash_file
from reelscore.library import rights
from reelscore.placement import exports
from reelscore.placement.exports import Taken
from reelscore.placement.timelines import (
    Lay,
    in_own_files,
    lay_plan,
    lay_song,
    song_of_file,
    stored_measurements,
)
from reelscore.records import Credit, ProgressCallback, Song, Timeline, ignore_progress
from reelscore.wiring import open_wiring

Film = Annotated[Path, typer.Argument(metavar="VIDEO", help="The video file.")]
SongName = Annotated[
    str | None,
    typer.Argument(
        metavar="[SONG]", help="A song of the library by id or title, or an audio file.", show_default=False
    ),
]
Plan = Annotated[
    str | None,
    typer.Option(help="Id of a plan of `reelscore sync` or `fit`, instead of a song.", show_default=False),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="The file to write.", show_default=False)]
Offset = Annotated[
    float,
    typer.Option(help="Second of the song under the first frame; negative: the song begins so much later."),
]
Gain = Annotated[float, typer.Option(help="Volume of the music, dB.")]
FadeIn = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        help="Seconds in which the music comes up; not given: 0.005 if it begins inside the song.",
        show_default=False,
    ),
]
FadeOut = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        help="Seconds in which it goes; not given: 1.5 if the picture cuts it short.",
        show_default=False,
    ),
]


def export(
    video: Film,
    song: SongName = None,
    *,
    plan: Plan = None,
    to: Annotated[str, typer.Option("--to", help=f"{', '.join(KINDS[:-1])} or {KINDS[-1]}.")],
    out: Out,
    offset: Offset = 0.0,
    gain: Gain = 0.0,
    fade_in: FadeIn = None,
    fade_out: FadeOut = None,
    media_root: Annotated[
        list[str] | None,
        typer.Option(help="FROM=TO: where a folder of this machine lies on that of the editor."),
    ] = None,
    original_media: Annotated[
        bool, typer.Option("--original-media", help="Name the song's own file instead of a WAV cue.")
    ] = False,
    bake: Annotated[
        bool, typer.Option("--bake", help="Put gain and fades into the sound of the cue.")
    ] = False,
    duck: Annotated[
        bool, typer.Option("--duck", help="Lower the music where somebody speaks, in the sound of the cue.")
    ] = False,
    split: Annotated[bool, typer.Option("--split", help="Cut the picture at its cuts.")] = False,
    cuts: Annotated[bool, typer.Option("--cuts/--no-cuts", help="Find the cuts of the film.")] = True,
    fcpxml_version: Annotated[str, typer.Option(help="1.10, 1.11, 1.12 or 1.13.")] = DEFAULT_VERSION,
    native_paths: Annotated[
        bool, typer.Option("--native-paths", help="Paths beside URLs in FCPXML, for Resolve on macOS.")
    ] = False,
    with_picture: Annotated[bool, typer.Option("--with-picture", help="Put the film into the zip.")] = False,
    credit: Annotated[
        bool, typer.Option("--credits/--no-credits", help="Write credits and cue sheets beside it.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """A film with a song under it, for an editor."""
    exports.check_kind(to, out)
    roots = [read_media_root(root) for root in media_root or ()]
    lay = Lay(offset=offset, gain_db=gain, fade_in=fade_in, fade_out=fade_out)
    options = ExportOptions(split=split, fcpxml_version=fcpxml_version, native_paths=native_paths)
    with progress_bar("exporting", seconds=True) as progress:
        timeline = _timeline(video, song, plan, lay, find_cuts=cuts, progress=progress)
        songs: Sequence[Song] = ()
        if song is None or not _is_file(song):  # a file asks for no library
            with catalog_beside() as catalog:
                songs = catalog.songs([event.song_id for event in timeline.music])
        if original_media and to not in (WAV, ZIP):  # these hold the sound itself
            timeline = in_own_files(timeline, songs)
        if duck:
            timeline = exports.with_speech(timeline, progress=progress)
        taken = exports.take_away(
            timeline,
            to,
            out,
            options=options,
            roots=roots,
            original_media=original_media,
            bake=bake or duck,
            with_credits=credit,
            with_picture=with_picture,
            songs=songs,
            progress=progress,
        )
    _tell(taken, as_json)


def mix(
    video: Film,
    song: SongName = None,
    *,
    plan: Plan = None,
    out: Out,
    offset: Offset = 0.0,
    music_db: Gain = 0.0,
    picture_db: Annotated[float, typer.Option(help="Volume of the film's own sound, dB.")] = 0.0,
    fade_in: FadeIn = None,
    fade_out: FadeOut = None,
    duck: Annotated[
        bool, typer.Option("--duck/--no-duck", help="Lower the music where somebody speaks.")
    ] = True,
    duck_depth: Annotated[float, typer.Option(help="How much lower, dB.")] = DuckSettings().depth_db,
    attack: Annotated[
        float, typer.Option(help="Seconds before the first word in which it goes down.")
    ] = DuckSettings().attack,
    hold: Annotated[
        float, typer.Option(help="Seconds after the last word that it stays down.")
    ] = DuckSettings().hold,
    release: Annotated[
        float, typer.Option(help="Seconds in which it comes up again.")
    ] = DuckSettings().release,
    lufs: Annotated[
        str, typer.Option(help="Loudness: -14 (streaming), -16 (podcasts), -23 (broadcast), or `none`.")
    ] = "-14",
    true_peak: Annotated[float, typer.Option(help="dBTP that no peak passes.")] = MixSettings().true_peak,
    as_json: AsJson = False,
) -> None:
    """A film with a song mixed in: .mp4, .mov, .mkv, or its sound alone as .wav. Pictures are copied."""
    settings = MixSettings(
        picture_db=picture_db,
        music_db=music_db,
        duck=DuckSettings(duck_depth, attack, hold, release) if duck else None,
        loudness=_loudness(lufs),
        true_peak=true_peak,
    ).checked()
    lay = Lay(offset=offset, fade_in=fade_in, fade_out=fade_out)
    with progress_bar("mixing", seconds=True) as progress:
        timeline = _timeline(video, song, plan, lay, find_cuts=False)
        taken = exports.mix(timeline, out, settings, progress=progress)
    if as_json:
        _tell(taken, as_json)
        return
    details = taken.details
    loudness = "silence" if details["loudness"] is None else f"{details['loudness']:.1f} LUFS"
    say(
        f"{escape(details['path'])}: {details['seconds']:.1f} s, {loudness}, "
        f"peak {details['true_peak']:.1f} dBTP"
    )
    if details["ducked_seconds"]:
        note(f"the music makes room for {details['ducked_seconds']:.0f} s of speech")
    for line in taken.notes:
        note(line)


def _timeline(
    video: Path,
    song: str | None,
    plan: str | None,
    lay: Lay,
    *,
    find_cuts: bool,
    progress: ProgressCallback = ignore_progress,
) -> Timeline:
    if (song is None) == (plan is None):
        raise InvalidInputError("name a song, or a plan by --plan, and not both")
    wiring = open_wiring(load_settings())
    if song is not None:
        found, credit = find_song(song)
        measured = None
        if find_cuts and video.is_file() and not _is_file(song):
            with catalog_beside() as catalog:
                measured = stored_measurements(catalog, wiring, hash_file(video))
        return lay_song(
            wiring,
            video,
            found,
            lay,
            find_cuts=find_cuts,
            measured=measured,
            credit=credit,
            progress=progress,
        )
    if lay != Lay():
        raise InvalidInputError("a plan says where its song lies and how it fades; leave these options out")
    return lay_plan(wiring, str(plan), video)


def find_song(song: str) -> tuple[Song, Credit | None]:
    """A song by id or title with its rights, or an audio file; the catalogue is read beside a server, too."""
    if _is_file(song):
        return song_of_file(Path(song)), None
    with catalog_beside() as catalog:
        found = stored_song(catalog, song)
        return found, rights.credit(catalog, found)


def _is_file(song: str) -> bool:
    return Path(song).expanduser().is_file()


def _loudness(text: str) -> float | None:
    if text.strip().lower() == "none":
        return None
    try:
        return float(text)
    except ValueError:
        raise InvalidInputError(f"{text!r} is no loudness; give -14, -16, -23 or none") from None


def _tell(taken: Taken, as_json: bool) -> None:
    if as_json:
        document: dict[str, Any] = asdict(taken)
        # JSON has no infinity, which the peak of silence is.
        details = {
            name: None if value == float("-inf") else value for name, value in document["details"].items()
        }
        print_json(document | {"details": details})
        return
    for path in taken.files:
        say(escape(path))
    for line in taken.notes:
        note(line)
