from __future__ import annotations

import os
from pathlib import Path

from reelscore.jobs.uploads import discard_upload, sweep_uploads, uploads_of
from reelscore.records import Job, JobState, Progress


def upload(folder: Path, name: str) -> Path:
    path = folder / name / "clip.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"video")
    return path


def job_on(path: Path) -> Job:
    return Job("id", "kind", {"video_path": str(path)}, JobState.QUEUED, Progress(0, None), "2026-01-01")


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
