"""Who answers a command: this process, or the server that owns the library."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from reelscore.cli.output import note
from reelscore.config import load_settings
from reelscore.filters.parsing import filters_values
from reelscore.payloads import job_payload
from reelscore.query.form import Query, query_values
from reelscore.records import ProgressCallback, ignore_progress
from reelscore.remote.asking import ask, asked_there, search_there, search_video_there
from reelscore.remote.owner import OwnerClient, find_owner
from reelscore.wiring import Wiring, open_wiring

if TYPE_CHECKING:
    from reelscore.library.service import Library

# Filters or ranking options as plain values, by the names that the API gives them.
Values = Mapping[str, Any]
_CHOSEN = ("filters", "options")


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

    def find_path(self, start: Query, end: Query, steps: int, chosen: Query) -> dict[str, Any]:
        """Songs from one end to the other; filters and options are those of `chosen`."""
        ...

    def find_set(self, query: Query | None, song_ids: Sequence[str]) -> dict[str, Any]:
        """The answer to a query, or named songs, in an order in which neighbours mix."""
        ...

    def songs(self, query: Query, *, sort: str = "title", offset: int = 0) -> dict[str, Any]:
        """A page of the library: songs by the words, filters and limit of a query, and how many there are."""
        ...

    def song(self, song_id: str) -> dict[str, Any]:
        """One song, with what was measured in it."""
        ...

    def remove_song(self, song_id: str) -> dict[str, Any]:
        """Take a song out of the library; its file stays."""
        ...

    def enter_rights(self, song_id: str, values: Mapping[str, str]) -> dict[str, Any]:
        """Keep rights that somebody enters; what is known then."""
        ...

    def correct(self, song_id: str, values: Values) -> dict[str, Any]:
        """Keep what somebody knows better of a song; all that was corrected of it."""
        ...

    def projects(self) -> list[dict[str, Any]]:
        """The projects in short, the one that was changed last first."""
        ...

    def project(self, project_id: str) -> dict[str, Any]:
        """One project whole."""
        ...

    def make_project(self, values: Values) -> dict[str, Any]:
        """A new project from the fields of one."""
        ...

    def remove_project(self, project_id: str) -> dict[str, Any]:
        """Forget a project; what it was."""
        ...

    def taste(self, person: str) -> dict[str, Any]:
        """What is known of a person's taste."""
        ...

    def taste_events(self, person: str) -> list[dict[str, Any]]:
        """What was noted of a person, the latest first."""
        ...

    def forget_taste(self, person: str, **which: str | None) -> int:
        """Delete what was noted of a person, all or some; how many events there were."""
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
    """The library itself, or the process that owns it over HTTP.

    Raises
    ------
    LibraryBusyError
        Another process owns the library and cannot be asked.
    """
    wiring = open_wiring(load_settings())
    owner = find_owner(wiring)
    return LocalBackend(wiring) if owner is None else RemoteBackend(owner)


class LocalBackend:
    """Answers from the library of this process."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    @property
    def wiring(self) -> Wiring:
        """The library itself."""
        return self._wiring

    @property
    def _library(self) -> Library:
        from reelscore.library.service import Library

        return Library(self._wiring)

    def search(self, query: Query) -> dict[str, Any]:
        """Songs for a question."""
        from reelscore.search.engine import search

        return search(self._wiring, query).to_dict()

    def search_video(
        self, path: Path, query: Query, progress: ProgressCallback = ignore_progress
    ) -> dict[str, Any]:
        """Songs for a question about a video."""
        from reelscore.search.engine import search_video

        return search_video(self._wiring, path, query, progress).to_dict()

    def find_path(self, start: Query, end: Query, steps: int, chosen: Query) -> dict[str, Any]:
        """Songs from one end to the other."""
        from reelscore.search.walks import find_path

        return find_path(
            self._wiring, start, end, steps=steps, filters=chosen.filters, options=chosen.options
        )

    def find_set(self, query: Query | None, song_ids: Sequence[str]) -> dict[str, Any]:
        """Songs in an order in which neighbours mix."""
        from reelscore.search.walks import find_set

        return find_set(self._wiring, query, song_ids)

    def songs(self, query: Query, *, sort: str = "title", offset: int = 0) -> dict[str, Any]:
        """A page of the library."""
        from reelscore.search.options import check_filters

        check_filters(self._wiring, query.filters)
        return self._library.songs(
            query.text, sort=sort, offset=offset, limit=query.limit, filters=query.filters
        )

    def song(self, song_id: str) -> dict[str, Any]:
        """One song, with what was measured in it."""
        return self._library.song(song_id)

    def remove_song(self, song_id: str) -> dict[str, Any]:
        """Take a song out of the library; its file stays."""
        return self._library.remove(song_id)

    def enter_rights(self, song_id: str, values: Mapping[str, str]) -> dict[str, Any]:
        """Keep rights that somebody enters; what is known then."""
        from reelscore.library.rights import enter_rights

        return enter_rights(self._wiring, song_id, values)

    def correct(self, song_id: str, values: Values) -> dict[str, Any]:
        """Keep what somebody knows better of a song; all that was corrected of it."""
        from reelscore.library.corrections import correct

        return correct(self._wiring, song_id, values)

    def projects(self) -> list[dict[str, Any]]:
        """The projects in short, the one that was changed last first."""
        from reelscore.library import projects

        found: list[dict[str, Any]] = projects.list_projects(self._wiring.catalog)["projects"]
        return found

    def project(self, project_id: str) -> dict[str, Any]:
        """One project whole."""
        from reelscore.library import projects

        return projects.show_project(self._wiring.catalog, project_id)

    def make_project(self, values: Values) -> dict[str, Any]:
        """A new project from the fields of one."""
        from reelscore.library import projects

        return projects.make_project(self._wiring.catalog, values)

    def remove_project(self, project_id: str) -> dict[str, Any]:
        """Forget a project; what it was."""
        from reelscore.library import projects

        return projects.remove_project(self._wiring, project_id)

    def taste(self, person: str) -> dict[str, Any]:
        """What is known of a person's taste."""
        from reelscore.library.taste import show_taste

        return show_taste(self._wiring, person)

    def taste_events(self, person: str) -> list[dict[str, Any]]:
        """What was noted of a person, the latest first."""
        from reelscore.library.taste import list_taste

        found: list[dict[str, Any]] = list_taste(self._wiring, person)["events"]
        return found

    def forget_taste(self, person: str, **which: str | None) -> int:
        """Delete what was noted of a person, all or some; how many events there were."""
        from reelscore.library.taste import forget_taste

        return forget_taste(self._wiring, person, **which)

    def stats(self) -> dict[str, Any]:
        """What is in the library."""
        from reelscore.library.service import library_stats

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


class RemoteBackend:
    """Asks the process that owns the library."""

    def __init__(self, owner: OwnerClient) -> None:
        self._owner = owner

    def search(self, query: Query) -> dict[str, Any]:
        """Songs for a question."""
        return search_there(self._owner, query)

    def search_video(
        self, path: Path, query: Query, progress: ProgressCallback = ignore_progress
    ) -> dict[str, Any]:
        """Songs for a question about a video. Ctrl-C cancels the job in the owner."""
        return search_video_there(self._owner, path, query, progress, tell=note)

    def find_path(self, start: Query, end: Query, steps: int, chosen: Query) -> dict[str, Any]:
        """Songs from one end to the other."""
        parts = {name: value for name, value in query_values(chosen).items() if name in _CHOSEN}
        body = {"start": asked_there(start), "end": asked_there(end), "steps": steps, **parts}
        return self.ask("POST", "/api/recommendations/path", body)

    def find_set(self, query: Query | None, song_ids: Sequence[str]) -> dict[str, Any]:
        """Songs in an order in which neighbours mix."""
        body = {"query": asked_there(query) if query else None, "song_ids": list(song_ids)}
        return self.ask("POST", "/api/recommendations/set", body)

    def songs(self, query: Query, *, sort: str = "title", offset: int = 0) -> dict[str, Any]:
        """A page of the library."""
        given = {"sort": sort, "offset": str(offset), "limit": str(query.limit)}
        if query.text:
            given["search"] = query.text
        if filters := filters_values(query.filters):
            given["filters"] = json.dumps(filters)
        page = self._owner.request("GET", "/api/songs", params=given)
        return {"songs": page["data"], **{name: page[name] for name in ("total", "offset", "limit", "late")}}

    def song(self, song_id: str) -> dict[str, Any]:
        """One song, with what was measured in it."""
        return self.ask("GET", f"/api/songs/{quote(song_id, safe='')}")

    def remove_song(self, song_id: str) -> dict[str, Any]:
        """Take a song out of the library; its file stays."""
        return self.ask("DELETE", f"/api/songs/{quote(song_id, safe='')}")

    def enter_rights(self, song_id: str, values: Mapping[str, str]) -> dict[str, Any]:
        """Keep rights that somebody enters; what is known then."""
        return self.ask("PATCH", f"/api/songs/{quote(song_id, safe='')}/rights", values)

    def correct(self, song_id: str, values: Values) -> dict[str, Any]:
        """Keep what somebody knows better of a song; all that was corrected of it."""
        return self.ask("PATCH", f"/api/songs/{quote(song_id, safe='')}/corrections", values)

    def projects(self) -> list[dict[str, Any]]:
        """The projects in short, the one that was changed last first."""
        found: list[dict[str, Any]] = self._owner.request("GET", "/api/projects?limit=100")["data"]
        return found

    def project(self, project_id: str) -> dict[str, Any]:
        """One project whole."""
        return self.ask("GET", f"/api/projects/{quote(project_id, safe='')}")

    def make_project(self, values: Values) -> dict[str, Any]:
        """A new project from the fields of one."""
        return self.ask("POST", "/api/projects", values)

    def remove_project(self, project_id: str) -> dict[str, Any]:
        """Forget a project; what it was."""
        return self.ask("DELETE", f"/api/projects/{quote(project_id, safe='')}")

    def taste(self, person: str) -> dict[str, Any]:
        """What is known of a person's taste."""
        return self.ask("GET", f"/api/taste?person={quote(person, safe='')}")

    def taste_events(self, person: str) -> list[dict[str, Any]]:
        """What was noted of a person, the latest first."""
        found: list[dict[str, Any]] = []
        while True:
            given = {"person": person, "offset": str(len(found)), "limit": "10000"}
            page = self._owner.request("GET", "/api/taste/events", params=given)
            found += page["data"]
            if not page["data"] or len(found) >= page["total"]:
                return found

    def forget_taste(self, person: str, **which: str | None) -> int:
        """Delete what was noted of a person, all or some; how many events there were."""
        given = {"person": person} | {name: value for name, value in which.items() if value is not None}
        answer = self._owner.request("DELETE", "/api/taste/events", params=given)
        removed: int = answer["data"]["removed"]
        return removed

    def stats(self) -> dict[str, Any]:
        """What is in the library."""
        return self.ask("GET", "/api/recommendations/database-stats")

    def ask(self, method: str, path: str, body: Values | None = None) -> dict[str, Any]:
        """The data that a route of the server answers a JSON body with."""
        data: dict[str, Any] = ask(self._owner, method, path, body)
        return data

    def jobs(self, limit: int) -> list[dict[str, Any]]:
        """The newest jobs, without their results."""
        jobs: list[dict[str, Any]] = self._owner.request("GET", f"/api/tasks?limit={limit}")["data"]
        return jobs

    def job(self, job_id: str) -> dict[str, Any]:
        """One job."""
        return self._owner.job(job_id)

    def cancel_job(self, job_id: str) -> dict[str, Any]:
        """Ask a job to stop; the job as it is then."""
        return self._owner.cancel(job_id)

    def retry_job(self, job_id: str) -> dict[str, Any]:
        """A new job like one that failed or was cancelled."""
        started = self._owner.request("POST", f"/api/tasks/{quote(job_id, safe='')}/retry")
        return self.job(started["task_id"])

    def clear_jobs(self, older_than: timedelta) -> int:
        """Remove jobs that ended so long ago; how many there were."""
        days = older_than / timedelta(days=1)
        removed: int = self._owner.request("DELETE", f"/api/tasks?older_than_days={days}")["data"]["removed"]
        return removed
