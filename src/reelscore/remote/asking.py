"""Questions and work that the process which owns a library does for others of its user."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reelscore.errors import MediaNotFoundError, ReelscoreError
from reelscore.query.form import Query, query_values
from reelscore.records import Progress, ProgressCallback, ignore_progress
from reelscore.remote.owner import FINAL, OwnerClient, RemoteError

_AGAIN_SECONDS = 0.5
_FAREWELL_SECONDS = 15.0  # how long a job that was cancelled is waited for

Tell = Callable[[str], object]  # hears what happens, in lines for people


def search_there(owner: OwnerClient, query: Query) -> dict[str, Any]:
    """The answer to a question, as `Answer.to_dict` has it."""
    payload = owner.request("POST", "/api/recommendations/search", json=asked_there(query))
    answer = {key: value for key, value in payload.items() if key not in ("success", "data")}
    return {**answer, "songs": payload["data"]}


def search_video_there(
    owner: OwnerClient,
    path: Path,
    query: Query,
    progress: ProgressCallback = ignore_progress,
    *,
    tell: Tell = lambda _: None,
) -> dict[str, Any]:
    """The answer to a question about a video, which is sent there. Ctrl-C cancels the job."""
    from reelscore.video.decode.sequences import checked_film

    form = asked_there(query)
    text = {name: value if isinstance(value, str) else json.dumps(value) for name, value in form.items()}
    try:
        with checked_film(path).open("rb") as file:
            sent = {"video": (path.name, file)}
            started = owner.request("POST", "/api/recommendations/analyze-video", files=sent, data=text)
    except OSError as error:
        raise MediaNotFoundError(f"{path} cannot be read: {error.strerror}") from error
    return follow_job(owner, started["task_id"], progress, tell=tell)


def ask(owner: OwnerClient, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """The data that a route answers a JSON body with."""
    return owner.request(method, path, **({} if body is None else {"json": dict(body)}))["data"]


def asked_there(query: Query) -> dict[str, Any]:
    """The JSON form of a question as it is asked there."""
    return query_values(replace(query, song=named(query.song) if query.song is not None else None))


def named(song: str) -> str:
    """A song as it is named there: a file by its whole path, for which its secret is needed."""
    path = Path(song).expanduser()
    return str(path.absolute()) if path.is_file() else song


def follow_job(
    owner: OwnerClient,
    job_id: str,
    progress: ProgressCallback = ignore_progress,
    *,
    kept: str = "",
    tell: Tell = lambda _: None,
) -> dict[str, Any]:
    """Follow a job to its end; returns its result. Ctrl-C cancels it, and says what became of it.

    `kept`: what is said behind the state of a job that was cancelled.

    Raises
    ------
    RemoteError
        It failed, or somebody cancelled it.
    OwnerGoneError
        The owner does not answer any more, nor does one that came after it.
    """
    try:
        for job in owner.follow(job_id):
            progress(Progress(**job["progress"]))
            if job["state"] == "succeeded":
                result: dict[str, Any] = job["result"]
                return result
            if job["state"] in FINAL:
                problem = job["error"] or {"code": "cancelled", "message": "the job was cancelled"}
                raise RemoteError(problem["code"], problem["message"])
    except KeyboardInterrupt:
        _call_off(owner, job_id, kept, tell)
        raise
    raise AssertionError("unreachable")


def _call_off(owner: OwnerClient, job_id: str, kept: str, tell: Tell) -> None:
    try:
        job = owner.cancel(job_id)
        deadline = time.monotonic() + _FAREWELL_SECONDS
        while job["state"] not in FINAL and time.monotonic() < deadline:
            time.sleep(_AGAIN_SECONDS)
            job = owner.job(job_id)
    except ReelscoreError as error:
        tell(f"task {job_id} goes on, since it could not be cancelled: {error}")
        return
    stopping = "" if job["state"] in FINAL else ", and stops at its next step"
    tell(f"task {job_id} is {job['state']}{stopping}{kept}")
