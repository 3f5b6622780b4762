"""Who answers a command: this process, or the server that owns the library."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from reelscore.config import load_settings
from reelscore.errors import InvalidInputError, LibraryBusyError, MediaNotFoundError, ReelscoreError
from reelscore.library.service import library_stats
from reelscore.payloads import job_payload
from reelscore.query.form import query_values
from reelscore.records import Progress, ProgressCallback, Query, ignore_progress
from reelscore.search.engine import search, search_video
from reelscore.wiring import Wiring, open_wiring

# Filters or ranking options as plain values, by the names that the API gives them.
Values = Mapping[str, Any]


class Backend(Protocol):
    """Answers questions with the documented JSON."""

    def search(self, query: Query) -> dict[str, Any]:
        """Songs for a question."""
        ...

    def search_video(
        self, path: Path, query: Query, progress: ProgressCallback = ignore_progress
    ) -> dict[str, Any]:
        """Songs for a question about a video."""
        ...

    def stats(self) -> dict[str, Any]:
        """What is in the library."""
        ...

    def jobs(self, limit: int) -> list[dict[str, Any]]:
        """The newest jobs, without their results."""
        ...

    def job(self, job_id: str) -> dict[str, Any]:
        """One job."""
        ...

    def cancel_job(self, job_id: str) -> dict[str, Any]:
        """Ask a job to stop; the job as it is then."""
        ...

    def retry_job(self, job_id: str) -> dict[str, Any]:
        """A new job like one that failed or was cancelled."""
        ...

    def clear_jobs(self, older_than: timedelta) -> int:
        """Remove jobs that ended so long ago; how many there were."""
        ...


def open_backend() -> Backend:
    """The library itself, or its owner over HTTP where a server of ours runs.

    Raises
    ------
    LibraryBusyError
        Another process owns the library and it is no server that can be asked.
    """
    wiring = open_wiring(load_settings())
    try:
        _ = wiring.ownership
    except LibraryBusyError as busy:
        if busy.owner_url is None:
            raise
        return RemoteBackend(busy.owner_url, busy)
    return LocalBackend(wiring)


class LocalBackend:
    """Answers from the library of this process."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    @property
    def wiring(self) -> Wiring:
        """The library itself."""
        return self._wiring

    def search(self, query: Query) -> dict[str, Any]:
        """Songs for a question."""
        return search(self._wiring, query).to_dict()

    def search_video(
        self, path: Path, query: Query, progress: ProgressCallback = ignore_progress
    ) -> dict[str, Any]:
        """Songs for a question about a video."""
        return search_video(self._wiring, path, query, progress).to_dict()

    def stats(self) -> dict[str, Any]:
        """What is in the library."""
        return library_stats(self._wiring)

    def jobs(self, limit: int) -> list[dict[str, Any]]:
        """The newest jobs, without their results."""
        return [{**job_payload(job), "result": None} for job in self._wiring.catalog.jobs(limit=limit)]

    def job(self, job_id: str) -> dict[str, Any]:
        """One job."""
        return job_payload(self._wiring.catalog.job(job_id))

    def cancel_job(self, job_id: str) -> dict[str, Any]:
        """Ask a job to stop; the job as it is then."""
        from reelscore.jobs.queues import open_queue

        return job_payload(open_queue(self._wiring).cancel(job_id))

    def retry_job(self, job_id: str) -> dict[str, Any]:
        """A new job like one that failed or was cancelled."""
        from reelscore.jobs.queues import open_queue
        from reelscore.jobs.retrying import retry_job

        wiring = self._wiring
        uploads = wiring.settings.uploads_dir
        return job_payload(retry_job(open_queue(wiring), wiring.catalog, job_id, uploads_dir=uploads))

    def clear_jobs(self, older_than: timedelta) -> int:
        """Remove jobs that ended so long ago; how many there were."""
        from reelscore.jobs.retention import clear_jobs

        wiring = self._wiring
        return clear_jobs(wiring.catalog, wiring.settings.uploads_dir, older_than=older_than)


class RemoteError(ReelscoreError):
    """The server that owns the library refused; its own code and words are passed on."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]  # here it is the server's, not the class's


class RemoteBackend:
    """Asks the server that owns the library."""

    def __init__(self, url: str, busy: LibraryBusyError) -> None:
        self._url = url.rstrip("/")
        self._busy = busy

    def search(self, query: Query) -> dict[str, Any]:
        """Songs for a question."""
        if query.song is not None and not query.has_words:
            path = Path(query.song).expanduser()
            if path.is_file():
                form = query_values(replace(query, song=None))
                return self._answer(self._send("/recommend", "song", path, form))
        form = query_values(replace(query, song=_no_file(query.song)))
        return self._answer(self._request("POST", "/api/recommendations/search", json=form))

    def search_video(
        self, path: Path, query: Query, progress: ProgressCallback = ignore_progress
    ) -> dict[str, Any]:
        """Songs for a question about a video."""
        form = query_values(replace(query, song=_no_file(query.song)))
        started = self._send("/api/recommendations/analyze-video", "video", path, form)
        while True:
            task = self._request("GET", f"/api/tasks/{started['task_id']}")["data"]
            progress(Progress(**task["progress"]))
            if task["state"] == "succeeded":
                result: dict[str, Any] = task["result"]
                return result
            if task["state"] in ("failed", "cancelled"):
                problem = task["error"] or {"code": "cancelled", "message": "the job was cancelled"}
                raise RemoteError(problem["code"], problem["message"])
            time.sleep(0.2)

    def stats(self) -> dict[str, Any]:
        """What is in the library."""
        stats: dict[str, Any] = self._request("GET", "/api/recommendations/database-stats")["data"]
        return stats

    @property
    def url(self) -> str:
        """Where the server is, without the slash at its end."""
        return self._url

    def ask(self, method: str, path: str, body: Values) -> dict[str, Any]:
        """The data that a route of the server answers a JSON body with."""
        data: dict[str, Any] = self._request(method, path, json=dict(body))["data"]
        return data

    def start_ingest(self, source: str, options: Values) -> str:
        """Start to bring in the music of a source; the id of the task."""
        body = {"source": source, "options": dict(options)}
        task_id: str = self._request("POST", "/api/library/ingest", json=body)["task_id"]
        return task_id

    def jobs(self, limit: int) -> list[dict[str, Any]]:
        """The newest jobs, without their results."""
        jobs: list[dict[str, Any]] = self._request("GET", f"/api/tasks?limit={limit}")["data"]
        return jobs

    def job(self, job_id: str) -> dict[str, Any]:
        """One job."""
        return self._task("GET", job_id)

    def cancel_job(self, job_id: str) -> dict[str, Any]:
        """Ask a job to stop; the job as it is then."""
        return self._task("DELETE", job_id)

    def retry_job(self, job_id: str) -> dict[str, Any]:
        """A new job like one that failed or was cancelled."""
        started = self._request("POST", f"/api/tasks/{quote(job_id, safe='')}/retry")
        return self.job(started["task_id"])

    def clear_jobs(self, older_than: timedelta) -> int:
        """Remove jobs that ended so long ago; how many there were."""
        days = older_than / timedelta(days=1)
        removed: int = self._request("DELETE", f"/api/tasks?older_than_days={days}")["data"]["removed"]
        return removed

    def _task(self, method: str, job_id: str) -> dict[str, Any]:
        task: dict[str, Any] = self._request(method, f"/api/tasks/{quote(job_id, safe='')}")["data"]
        return task

    def _request(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        import httpx

        try:
            response = httpx.request(method, self._url + path, timeout=120.0, **body)
            payload: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise LibraryBusyError(
                f"{self._busy}; asking it failed: {error}",
                owner_pid=self._busy.owner_pid,
                owner_url=self._busy.owner_url,
            ) from error
        if not payload.get("success"):
            problem = payload.get("error") or {"code": "error", "message": response.reason_phrase}
            raise RemoteError(problem["code"], problem["message"])
        return payload

    def _send(self, route: str, field: str, path: Path, form: Values) -> dict[str, Any]:
        """Upload a file, with the question in the text fields beside it."""
        text = {name: value if isinstance(value, str) else json.dumps(value) for name, value in form.items()}
        try:
            with path.open("rb") as file:
                return self._request("POST", route, files={field: (path.name, file)}, data=text)
        except OSError as error:
            raise MediaNotFoundError(f"{path} cannot be read: {error.strerror}") from error

    def _answer(self, payload: dict[str, Any]) -> dict[str, Any]:
        answer = {key: value for key, value in payload.items() if key not in ("success", "data")}
        answer["songs"] = payload["data"]
        return answer


def _no_file(song: str | None) -> str | None:
    """The id of a song that an answer should be like; a server takes no path of this machine."""
    if song is not None and Path(song).expanduser().is_file():
        raise InvalidInputError(
            f"{song} is a file, and the server that owns the library knows songs by their ids; give an id "
            "(`reelscore recommend song FILE` lists songs like the file), or stop the server first"
        )
    return song
