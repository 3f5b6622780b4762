"""Commands answered by the library of this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelscore.payloads import job_payload
from reelscore.query.form import Query
from reelscore.records import ProgressCallback, ignore_progress
from reelscore.wiring import Wiring

if TYPE_CHECKING:
    from reelscore.library.service import Library


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
        """Songs from one end to the other; filters and options are those of `chosen`."""
        from reelscore.search.walks import find_path

        return find_path(
            self._wiring, start, end, steps=steps, filters=chosen.filters, options=chosen.options
        )

    def find_set(self, query: Query | None, song_ids: Sequence[str]) -> dict[str, Any]:
        """The answer to a query, or named songs, in an order in which neighbours mix."""
        from reelscore.search.walks import find_set

        return find_set(self._wiring, query, song_ids)

    def songs(self, query: Query, *, sort: str = "title", offset: int = 0) -> dict[str, Any]:
        """A page of the library: songs by the words, filters and limit of a query, and how many there are."""
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

    def correct(self, song_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
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

    def make_project(self, values: Mapping[str, Any]) -> dict[str, Any]:
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

    def taste_questions(self, person: str, limit: int) -> list[dict[str, Any]]:
        """The songs whose judgements would teach most of a person's taste, the most telling first."""
        from reelscore.library.taste import telling_songs

        return telling_songs(self._wiring, person, (), limit)

    def answer_taste(
        self, person: str, suit: Sequence[str], do_not: Sequence[str], project_id: str | None
    ) -> None:
        """Note which songs suit a person, and which do not."""
        from reelscore.library.taste import note_judged

        note_judged(self._wiring, person, suit, do_not, project_id)

    def forget_taste(self, person: str, **which: str | None) -> int:
        """Delete what was noted of a person, all or some; how many events there were."""
        from reelscore.library.taste import forget_taste

        return forget_taste(self._wiring, person, **which)

    def saved_searches(self) -> list[dict[str, Any]]:
        """The saved searches by name."""
        from reelscore.search.saved import list_saved

        return list_saved(self._wiring)

    def save_search(self, name: str, query: Query, playlist: str | None) -> dict[str, Any]:
        """Keep a search with its answer."""
        from reelscore.search.saved import save_search

        return save_search(self._wiring, name, query, playlist)

    def renew_searches(self, *, everything: bool) -> dict[str, Any]:
        """Answer saved searches again; what came of it."""
        from reelscore.search.saved import renew_saved

        return renew_saved(self._wiring, everything=everything)

    def remove_search(self, name: str) -> dict[str, Any]:
        """Forget a saved search; what it was."""
        from reelscore.search.saved import remove_saved

        return remove_saved(self._wiring, name)

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
        from reelscore.jobs.queues import open_queue, retry_job

        wiring = self._wiring
        uploads = wiring.settings.uploads_dir
        return job_payload(retry_job(open_queue(wiring), wiring.catalog, job_id, uploads_dir=uploads))

    def clear_jobs(self, older_than: timedelta) -> int:
        """Remove jobs that ended at least this long ago; how many there were."""
        from reelscore.jobs.retention import clear_jobs

        wiring = self._wiring
        return clear_jobs(wiring.catalog, wiring.settings.uploads_dir, older_than=older_than)
