"""Who answers a command: this process, or the server that owns the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from reelscore.cli.backend.local import LocalBackend
from reelscore.cli.backend.remote import RemoteBackend
from reelscore.config import load_settings
from reelscore.query.form import Query
from reelscore.records import ProgressCallback, ignore_progress
from reelscore.remote.owner import find_owner
from reelscore.wiring import open_wiring

__all__ = ["Backend", "LocalBackend", "RemoteBackend", "open_backend"]


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

    def correct(self, song_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what somebody knows better of a song; all that was corrected of it."""
        ...

    def projects(self) -> list[dict[str, Any]]:
        """The projects in short, the one that was changed last first."""
        ...

    def project(self, project_id: str) -> dict[str, Any]:
        """One project whole."""
        ...

    def make_project(self, values: Mapping[str, Any]) -> dict[str, Any]:
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

    def taste_questions(self, person: str, limit: int) -> list[dict[str, Any]]:
        """The songs whose judgements would teach most of a person's taste, the most telling first."""
        ...

    def answer_taste(
        self, person: str, suit: Sequence[str], do_not: Sequence[str], project_id: str | None
    ) -> None:
        """Note which songs suit a person, and which do not."""
        ...

    def forget_taste(self, person: str, **which: str | None) -> int:
        """Delete what was noted of a person, all or some; how many events there were."""
        ...

    def saved_searches(self) -> list[dict[str, Any]]:
        """The saved searches by name."""
        ...

    def save_search(self, name: str, query: Query, playlist: str | None) -> dict[str, Any]:
        """Keep a search with its answer."""
        ...

    def renew_searches(self, *, everything: bool) -> dict[str, Any]:
        """Answer saved searches again; what came of it."""
        ...

    def remove_search(self, name: str) -> dict[str, Any]:
        """Forget a saved search; what it was."""
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
