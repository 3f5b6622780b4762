from __future__ import annotations

import os
from pathlib import Path

import pytest

from reelscore.config import Settings
from reelscore.errors import InvalidInputError
from reelscore.jobs.queues import open_queue, retry_job
from reelscore.jobs.uploads import discard_upload, may_run_again, sweep_uploads, touch_uploads, uploads_of
from reelscore.records import Job, JobState, Progress
from reelscore.wiring import Wiring


def upload(folder: Path, name: str) -> Path:
    path = folder / name / "clip.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"video")
    return path


def job_on(
    path: Path, state: JobState = JobState.QUEUED, *, ended: str | None = None, code: str | None = None
) -> Job:
    error = {"code": code, "message": "."} if code else None
    return Job(
        "id",
        "kind",
        {"video_path": str(path)},
        state,
        Progress(0, None),
        "2026-01-01",
        finished_at=ended,
        error=error,
    )


def left(uploads: Path) -> set[str]:
    return {folder.name for folder in uploads.iterdir()}


def test_discarding_an_upload_removes_its_folder_and_may_be_repeated(tmp_path: Path) -> None:
    path = upload(tmp_path, "a")
    discard_upload(path)
    discard_upload(path)
    assert list(tmp_path.iterdir()) == []


def test_files_outside_of_the_uploads_are_never_a_jobs_upload(tmp_path: Path) -> None:
    uploads = tmp_path / "uploads"
    inside, outside = upload(uploads, "a"), upload(tmp_path, "films")
    assert uploads_of(job_on(inside), uploads) == [inside]
    assert uploads_of(job_on(outside), uploads) == []
    assert uploads_of(job_on(uploads / ".." / "films" / "clip.mp4"), uploads) == []


def test_sweeping_keeps_only_what_a_job_waits_for(tmp_path: Path) -> None:
    kept, left = upload(tmp_path, "kept"), upload(tmp_path, "left")
    sweep_uploads(tmp_path, [job_on(kept)])
    assert kept.exists() and not left.parent.exists()


def test_sweeping_a_folder_that_is_not_there_is_fine(tmp_path: Path) -> None:
    sweep_uploads(tmp_path / "none", [])


def test_upload_to_another_server_is_left_while_it_may_go_on(tmp_path: Path) -> None:
    uploads = tmp_path / "uploads"
    for name in ("going-on", "left-behind"):
        (uploads / name).mkdir(parents=True)
        (uploads / name / "clip.mp4").write_bytes(b"half")
    for path in (uploads / "left-behind" / "clip.mp4", uploads / "left-behind"):
        os.utime(path, (0, 0))
    sweep_uploads(uploads, [], quiet_seconds=3600)
    assert [folder.name for folder in uploads.iterdir()] == ["going-on"]
    sweep_uploads(uploads, [])
    assert list(uploads.iterdir()) == []


def test_only_what_may_end_otherwise_is_worth_another_try(tmp_path: Path) -> None:
    def worth(state: JobState, code: str | None = None) -> bool:
        return may_run_again(job_on(tmp_path / "clip.mp4", state, code=code))

    assert worth(JobState.FAILED, "analysis")
    assert worth(JobState.FAILED, "crashed")
    assert worth(JobState.FAILED, "media_not_found")  # a worker that does not share the folder
    assert worth(JobState.CANCELLED)
    assert not worth(JobState.FAILED, "unreadable_media")
    assert not worth(JobState.FAILED, "media_error")
    assert not worth(JobState.SUCCEEDED)


def test_uploads_of_failed_jobs_are_kept_for_a_while(tmp_path: Path) -> None:
    paths = {name: upload(tmp_path, name) for name in ("new", "old", "useless", "orphan")}
    over = [
        job_on(paths["new"], JobState.FAILED, ended="2026-03-02", code="analysis"),
        job_on(paths["old"], JobState.CANCELLED, ended="2026-02-28"),
        job_on(paths["useless"], JobState.FAILED, ended="2026-03-02", code="unreadable_media"),
    ]
    # What belongs to a job that is over need not be quiet: nobody writes it any more.
    sweep_uploads(tmp_path, [], over=over, kept_since="2026-03-01", most_bytes=100, quiet_seconds=3600)
    assert left(tmp_path) == {"new", "orphan"}
    sweep_uploads(tmp_path, [], over=over, kept_since="2026-03-01", most_bytes=100)
    assert left(tmp_path) == {"new"}
    sweep_uploads(tmp_path, [], over=over, kept_since="2026-04-01", most_bytes=100)
    assert left(tmp_path) == set()


def test_kept_uploads_take_no_more_room_than_they_may_and_the_newest_stay(tmp_path: Path) -> None:
    over = [
        job_on(upload(tmp_path, f"day-{day}"), JobState.FAILED, ended=f"2026-03-0{day}", code="analysis")
        for day in (1, 2, 3, 4)
    ]
    sweep_uploads(tmp_path, [], over=over, most_bytes=2 * len(b"video"))
    assert left(tmp_path) == {"day-3", "day-4"}


def test_upload_of_a_job_that_is_run_again_stays_whatever_became_of_the_first(tmp_path: Path) -> None:
    path = upload(tmp_path, "shared")
    first = job_on(path, JobState.FAILED, ended="2026-03-01", code="analysis")
    sweep_uploads(tmp_path, [job_on(path)], over=[first])
    assert path.exists()
    # The last try decides.
    last = job_on(path, JobState.FAILED, ended="2026-03-02", code="unreadable_media")
    sweep_uploads(tmp_path, [], over=[first, last], most_bytes=100)
    assert not path.exists()


def test_upload_that_is_about_to_be_run_again_looks_new(tmp_path: Path) -> None:
    path = upload(tmp_path, "again")
    for each in (path, path.parent):
        os.utime(each, (0, 0))
    touch_uploads(job_on(path), tmp_path)
    touch_uploads(job_on(tmp_path / "gone" / "clip.mp4"), tmp_path)
    sweep_uploads(tmp_path, [], quiet_seconds=3600)
    assert path.exists() and left(tmp_path) == {"again"}


def test_an_upload_goes_with_the_last_job_that_wants_it(tmp_path: Path) -> None:
    wiring = Wiring(Settings(home=tmp_path))
    catalog, queue = wiring.catalog, open_queue(wiring)  # which does not work: the rows are moved by hand
    path = upload(tmp_path / "uploads", "abc")
    done, again = (
        catalog.create_job("analyze_video_and_recommend", {"video_path": str(path)}) for _ in range(2)
    )
    catalog.claim_job(done.id)
    catalog.update_job(done.id, state=JobState.SUCCEEDED)
    queue.cancel(done.id)  # for one that is over, what follows it is done once more
    assert path.exists()
    queue.cancel(again.id)
    assert path.exists()  # kept, since it may be run again
    last = retry_job(queue, catalog, again.id, uploads_dir=tmp_path / "uploads")
    catalog.claim_job(last.id)
    catalog.update_job(last.id, state=JobState.SUCCEEDED)
    queue.cancel(last.id)
    assert not path.parent.exists()
    with pytest.raises(InvalidInputError, match="choose the file again"):
        retry_job(queue, catalog, again.id, uploads_dir=tmp_path / "uploads")
    wiring.close()
