"""Tools of films: their frames for the eyes of an agent, and taking a song under one away."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote

from anyio.to_thread import run_sync

from reelscore.children import in_child
from reelscore.errors import InvalidInputError, StaleError, StorageError, counted
from reelscore.export.timecode import format_timecode
from reelscore.files import whole_file
from reelscore.limits import SOUND
from reelscore.mcp.api_client import ApiClient, Tell
from reelscore.mcp.bounds import ANSWER_BYTES
from reelscore.remote.owner import RemoteError
from reelscore.video.container_facts import probe_media
from reelscore.video.vision.frames import Picture, pictures_at

_FRAME_SIDE = 320  # pixels of the longer side
_MOST_FRAMES = 24
_FINAL_FAULT = ("failed", "cancelled")


async def analysed(
    client: ApiClient, film: str, query: Mapping[str, Any], wait: float, tell: Tell
) -> dict[str, Any]:
    """The task of a search for a film, with its answer as `result` if it was over in time.

    Raises
    ------
    RemoteError
        The task failed.
    """
    text = {name: value if isinstance(value, str) else json.dumps(value) for name, value in query.items()}
    task_id = await client.send_film("/api/recommendations/analyze-video", client.file(film), text)
    return _unless_failed(await client.task(task_id, wait, tell))


def _unless_failed(task: dict[str, Any]) -> dict[str, Any]:
    if task["state"] in _FINAL_FAULT:
        problem = task["error"] or {"code": "cancelled", "message": "the task was cancelled"}
        raise RemoteError(problem["code"], problem["message"])
    return task


async def frames(
    client: ApiClient, film: str, analysis_id: str, first: int, most: int
) -> list[tuple[str, str | None]]:
    """Lines of text and JPEG pictures (base64): of each shot from the `first` on, counted from 1, its middle.

    As many as fit into an answer; the last line says how to see the rest.
    """
    path = client.file(film)
    stored = (await client.ask("GET", f"/api/analyses/{quote(analysis_id, safe='')}"))["data"]
    measured = stored["measurements"]
    if not measured:
        raise InvalidInputError("this analysis has no measurements; search with the film again")
    shots = [
        (number, shot["start"], shot["end"])
        for number, shot in enumerate(measured["shots"] or [], start=1)
        if shot["end"] > shot["start"]
    ] or [(1, 0.0, measured["duration"])]
    if first > len(shots):
        raise InvalidInputError(
            f"the film has {counted(len(shots), 'shot')}; there is none of number {first}"
        )
    asked = shots[first - 1 : first - 1 + min(most, _MOST_FRAMES)]
    return await run_sync(_pictured, path, asked, len(shots))


@in_child(SOUND)
def _pictured(
    path: Path, shots: Sequence[tuple[int, float, float]], count: int
) -> list[tuple[str, str | None]]:
    media = probe_media(path)
    rate = media.rate or Fraction(25)
    lines: list[tuple[str, str | None]] = []
    room, shown = ANSWER_BYTES - 1000, 0
    middles = [(start + end) / 2 for _, start, end in shots]
    # No more pictures are decoded than there is room for.
    with closing(pictures_at(path, middles, long_side=_FRAME_SIDE)) as pictures:
        ahead = next(pictures, None)
        for (number, start, end), middle in zip(shots, middles, strict=True):
            shown = number
            while ahead is not None and ahead.time < middle - 0.001:
                ahead = next(pictures, None)
            frame = media.start_frame + round((Fraction(start) - media.picture_start) * rate)
            code = format_timecode(max(0, frame), rate, drop=media.drop_frame)
            text = f"shot {number} of {count}, {start:.2f}-{end:.2f} s, begins at {code}"
            data = _encoded(ahead if ahead is not None and ahead.time < end else None)
            room -= len(text) + 100 + len(data or "")
            if room < 0:
                shown = number - 1
                break
            lines.append((text if data else f"{text}: no picture could be decoded", data))
    if shown < count:
        lines.append((f"{shown} of {counted(count, 'shot')} are shown; ask on with first={shown + 1}", None))
    return lines


def _encoded(picture: Picture | None) -> str | None:
    return base64.b64encode(picture.jpeg).decode("ascii") if picture else None


async def take_away(
    client: ApiClient,
    film: str,
    plan_id: str,
    kind: str,
    folder: str,
    reference: str | None,
    options: Mapping[str, Any],
    wait: float,
    tell: Tell,
) -> dict[str, Any]:
    """Say what an export would do, or with the `reference` of that, do it.

    Raises
    ------
    StaleError
        The film, the plan or what is asked for has changed since the reference was given.
    InvalidInputError
        The folder cannot be written into, or what would be written is there already.
    """
    path, target = client.file(film), _folder(folder)
    plan = (await client.ask("GET", f"/api/plans/{quote(plan_id, safe='')}"))["data"]
    stat = path.stat()
    facts = [str(path), stat.st_size, stat.st_mtime_ns, plan, kind, str(target), dict(options)]
    current = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    about = {"film": str(path), "plan_id": plan_id, "to": kind, "folder": str(target)}
    if reference is None:
        there = sorted(each.name for each in target.iterdir() if each.name.startswith(path.stem))[:20]
        return {
            "dry_run": True,
            **about,
            "reference": current,
            "begins_alike": there,
            "next": "call this again with the same arguments and this reference to write the files",
        }
    if reference != current:
        raise StaleError(
            "the film, the plan or the arguments have changed since this reference was given; "
            "call without a reference to get a new one"
        )
    fields = {
        "plan_id": plan_id,
        "to": kind,
        "media_path": str(path),
        "media_folder": str(target),
        **{name: value if isinstance(value, str) else json.dumps(value) for name, value in options.items()},
    }
    task_id = await client.send_film("/api/exports", path, fields)
    task = _unless_failed(await client.task(task_id, wait, tell))
    if task["state"] != "succeeded":
        return {**about, "dry_run": False, "task_id": task_id, "state": task["state"], "files": []}
    result = task["result"]
    files = await run_sync(_placed, Path(result["file"]), target)
    return {
        **about,
        "dry_run": False,
        "task_id": task_id,
        "state": task["state"],
        "files": files,
        "notes": result["notes"],
        "details": result["details"],
    }


def _folder(folder: str) -> Path:
    target = Path(folder).expanduser()
    try:
        if target.is_absolute() and target.is_dir():
            return target
    except (OSError, ValueError):
        pass
    raise InvalidInputError(f"there is no folder {folder}; make it first, and give its whole path")


def _placed(made: Path, target: Path) -> list[str]:
    """Put what an export made into a folder, unpacked; nothing that is there already is written over."""
    try:
        if made.suffix != ".zip":
            _refuse_existing(target, [made.name])
            with whole_file(target / made.name) as part:
                shutil.copyfile(made, part)
            return [str(target / made.name)]
        with zipfile.ZipFile(made) as bundle:
            _refuse_existing(target, bundle.namelist())
            return [bundle.extract(name, target) for name in bundle.namelist()]
    except OSError as error:
        raise StorageError(f"{target} cannot be written into: {error.strerror or error}") from error


def _refuse_existing(target: Path, names: Sequence[str]) -> None:
    there = [name for name in names if (target / name).exists()]
    if there:
        raise InvalidInputError(f"{target} holds {', '.join(there)} already; name another folder")
