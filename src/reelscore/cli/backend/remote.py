"""Commands answered by the process that owns the library, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reelscore.cli.output import note
from reelscore.filters.parsing import filters_values
from reelscore.query.form import Query, query_values
from reelscore.records import ProgressCallback, ignore_progress
from reelscore.remote.asking import ask, asked_there, search_there, search_video_there
from reelscore.remote.owner import OwnerClient

_CHOSEN = ("filters", "options")


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

    def correct(self, song_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what somebody knows better of a song; all that was corrected of it."""
        return self.ask("PATCH", f"/api/songs/{quote(song_id, safe='')}/corrections", values)

    def projects(self) -> list[dict[str, Any]]:
        """The projects in short, the one that was changed last first."""
        found: list[dict[str, Any]] = self._owner.request("GET", "/api/projects?limit=100")["data"]
        return found

    def project(self, project_id: str) -> dict[str, Any]:
        """One project whole."""
        return self.ask("GET", f"/api/projects/{quote(project_id, safe='')}")

    def make_project(self, values: Mapping[str, Any]) -> dict[str, Any]:
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

    def taste_questions(self, person: str, limit: int) -> list[dict[str, Any]]:
        """The songs whose judgements would teach most of a person's taste, the most telling first."""
        path = f"/api/taste/questions?person={quote(person, safe='')}"
        found: list[dict[str, Any]] = self._owner.request("POST", path, json={"limit": limit})["data"]
        return found

    def answer_taste(
        self, person: str, suit: Sequence[str], do_not: Sequence[str], project_id: str | None
    ) -> None:
        """Note which songs suit a person, and which do not."""
        answers = {"suit": list(suit), "do_not": list(do_not), "project_id": project_id}
        self._owner.request("POST", f"/api/taste/answers?person={quote(person, safe='')}", json=answers)

    def forget_taste(self, person: str, **which: str | None) -> int:
        """Delete what was noted of a person, all or some; how many events there were."""
        given = {"person": person} | {name: value for name, value in which.items() if value is not None}
        answer = self._owner.request("DELETE", "/api/taste/events", params=given)
        removed: int = answer["data"]["removed"]
        return removed

    def saved_searches(self) -> list[dict[str, Any]]:
        """The saved searches by name."""
        found: list[dict[str, Any]] = self._owner.request("GET", "/api/saved")["data"]
        return found

    def save_search(self, name: str, query: Query, playlist: str | None) -> dict[str, Any]:
        """Keep a search with its answer."""
        body = {"name": name, "query": asked_there(query), "playlist": playlist}
        return self.ask("POST", "/api/saved", body)

    def renew_searches(self, *, everything: bool) -> dict[str, Any]:
        """Answer saved searches again; what came of it."""
        return self.ask("POST", "/api/saved/renew", {"everything": everything})

    def remove_search(self, name: str) -> dict[str, Any]:
        """Forget a saved search; what it was."""
        return self.ask("DELETE", f"/api/saved/{quote(name, safe='')}")

    def stats(self) -> dict[str, Any]:
        """What is in the library."""
        return self.ask("GET", "/api/recommendations/database-stats")

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
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
        """Remove jobs that ended at least this long ago; how many there were."""
        days = older_than / timedelta(days=1)
        removed: int = self._owner.request("DELETE", f"/api/tasks?older_than_days={days}")["data"]["removed"]
        return removed
