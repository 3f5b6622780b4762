"""What an export job does, and the files that it makes: each in a folder of its own, kept a day."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reelscore.config import Settings
from reelscore.errors import InvalidInputError, NotFoundError
from reelscore.export.bundle import write_bundle
from reelscore.export.formats import FORMATS, WAV, ZIP, ExportOptions
from reelscore.export.mix_levels import DuckSettings, MixSettings
from reelscore.export.urls import MediaRoot
from reelscore.files import whole_file
from reelscore.library.rights import credit
from reelscore.placement import exports
from reelscore.placement.timelines import Lay, lay_plan, lay_song, stored_measurements
from reelscore.records import Job, JobState, ProgressCallback, Timeline
from reelscore.wiring import Wiring

KIND = "export"
# A mix is named by the suffix of its file.
MIXES = {"mp4": ".mp4", "mov": ".mov", "mkv": ".mkv", "mix-wav": ".wav"}
# Markers are asked for as a table; an editor's marker list is in the bundle.
SUFFIXES = {
    **{kind: each.suffix for kind, each in FORMATS.items()},
    "markers": ".csv",
    WAV: ".wav",
    ZIP: ".zip",
    "credits": ".txt",
    **MIXES,
}
_KEPT_SECONDS = 24 * 3600.0


def exports_dir(settings: Settings) -> Path:
    """Where the files of exports wait for their download."""
    return settings.home / "exports"


def sweep_exports(settings: Settings) -> None:
    """Remove what was made more than a day ago."""
    folder = exports_dir(settings)
    if not folder.is_dir():
        return
    for made in folder.iterdir():
        try:
            old = time.time() - made.stat().st_mtime > _KEPT_SECONDS
        except OSError:
            continue  # another process removed it
        if old:
            shutil.rmtree(made, ignore_errors=True)


def run_export(wiring: Wiring, arguments: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
    """Make the file that a job asks for; the result says where it lies."""
    sweep_exports(wiring.settings)
    kind = str(arguments["to"])
    if kind not in SUFFIXES:
        exports.check_kind(kind)
    folder = exports_dir(wiring.settings) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        return _made(wiring, arguments, kind, folder, progress)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def exported_file(job: Job, settings: Settings) -> tuple[Path, str]:
    """(file, name for the user) of an export job that is done.

    Raises
    ------
    NotFoundError
        The job is no export, is not done, or its file is not kept any more.
    """
    if job.kind != KIND or job.state is not JobState.SUCCEEDED:
        raise NotFoundError(f"job {job.id} has no file to download; it is {job.state}")
    path = Path(str((job.result or {}).get("file", "")))
    if not path.is_relative_to(exports_dir(settings)) or ".." in path.parts or not path.is_file():
        raise NotFoundError(f"the file of export {job.id} is not kept any more; export it again")
    return path, path.name


def _made(
    wiring: Wiring, arguments: Mapping[str, Any], kind: str, folder: Path, progress: ProgressCallback
) -> Mapping[str, Any]:
    film = Path(str(arguments["video_path"]))
    name = Path(str(arguments.get("filename") or film.name)).stem or "film"
    target = folder / f"{name}{SUFFIXES[kind]}"
    timeline = _timeline(wiring, arguments, kind, name, progress)
    if kind in MIXES:
        taken = exports.mix(timeline, target, mix_settings(arguments), progress=progress)
    elif kind == "credits":
        taken = exports.write_credit_files(timeline, target)
        target = _one_file(folder, name, taken.files)
    else:
        taken = exports.take_away(
            timeline,
            kind,
            target,
            options=ExportOptions(**arguments.get("options", {})),
            roots=_roots(arguments, film, folder),
            bake=bool(arguments.get("bake", False)),
            with_picture=bool(arguments.get("with_picture", False)),
            songs=wiring.catalog.songs([event.song_id for event in timeline.music]),
            progress=progress,
        )
        target = _one_file(folder, name, taken.files)
    details = {key: None if value == float("-inf") else value for key, value in taken.details.items()}
    details.pop("path", None)
    return {
        "file": str(target),
        "filename": target.name,
        "size": target.stat().st_size,
        "notes": list(taken.notes),
        "details": details,
    }


def _timeline(
    wiring: Wiring, arguments: Mapping[str, Any], kind: str, name: str, progress: ProgressCallback
) -> Timeline:
    film = str(arguments["video_path"])
    if arguments.get("plan"):
        return lay_plan(wiring, str(arguments["plan"]), film, name=name)
    song = wiring.catalog.song(str(arguments["song"]))
    lay = Lay(**arguments.get("lay", {}))
    content = arguments.get("content_hash")  # jobs of older versions have none
    return lay_song(
        wiring,
        film,
        song,
        lay,
        find_cuts=kind not in (*MIXES, "credits"),
        measured=stored_measurements(wiring.catalog, wiring, content),
        name=name,
        credit=credit(wiring.catalog, song),
        progress=progress,
    )


def mix_settings(arguments: Mapping[str, Any]) -> MixSettings:
    """The settings of a mix from plain values.

    Raises
    ------
    InvalidInputError
        One of them is unknown or out of range.
    """
    values = dict(arguments.get("mix", {}))
    duck = values.pop("duck", {})
    try:
        made = DuckSettings(**duck) if duck is not None else None
        return MixSettings(duck=made, **values).checked()
    except TypeError as error:
        raise InvalidInputError(f"these are no settings of a mix: {error}") from error


def _roots(arguments: Mapping[str, Any], film: Path, folder: Path) -> list[MediaRoot]:
    """Where the film and what is made will lie on the machine of whoever asked."""
    there = str(arguments.get("media_folder") or "/")
    name = str(arguments.get("filename") or film.name)
    sign = "\\" if "\\" in there or there[1:2] == ":" else "/"
    own = str(arguments.get("media_path") or there.rstrip("/\\") + sign + name)
    return [MediaRoot(str(film), own), MediaRoot(str(folder), there)]


def _one_file(folder: Path, name: str, files: tuple[str, ...]) -> Path:
    """What a download can be: one file, or all of them in a zip."""
    if len(files) == 1:
        return Path(files[0])
    target = folder / f"{name}.zip"
    with whole_file(target) as temporary, temporary.open("wb") as file:
        write_bundle(file, {Path(each).name: Path(each) for each in files})
    for each in files:
        Path(each).unlink()
    return target
