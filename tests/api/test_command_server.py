"""What others ask of a long command is done before it ends, also what came in its last moment."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from reelscore.api import command_server
from reelscore.config import Settings
from reelscore.index.ownership import owner_of
from reelscore.records import Job, JobState
from reelscore.remote.owner import OwnerClient
from reelscore.wiring import Wiring


def test_a_job_of_the_last_moment_is_done(demo_library_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wiring = Wiring(Settings(home=demo_library_home))
    folder = demo_library_home.parent / "more"
    folder.mkdir()
    look = command_server._of_others
    started: list[str] = []

    def look_just_before(wiring: Wiring, known: set[str]) -> list[Job]:
        jobs = look(wiring, known)
        owner = owner_of(demo_library_home)
        if not started and owner is not None and owner.url:  # nobody waits, and now somebody comes
            assert not jobs
            source = {"source": "folder", "options": {"paths": [str(folder)]}}
            client = OwnerClient(demo_library_home, owner.url)
            started.append(client.request("POST", "/api/library/ingest", json=source)["task_id"])
        return jobs

    monkeypatch.setattr(command_server, "_of_others", look_just_before)
    with command_server.answering(wiring, "a test"):
        while (owner := owner_of(demo_library_home)) is None or not owner.url:
            time.sleep(0.02)
    assert wiring.catalog.job(started[0]).state is JobState.SUCCEEDED
    owner = owner_of(demo_library_home)
    assert owner is not None and not owner.url
    wiring.close()
