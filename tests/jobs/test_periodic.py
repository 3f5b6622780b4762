"""What comes round by itself, and what other programs are told of it."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from fake_web import Answer, FakeWeb, serve_web
from reelscore.config import Settings
from reelscore.errors import ConfigurationError
from reelscore.jobs.hooks import SIGNATURE, send_webhook, tell_changes
from reelscore.jobs.periodic import SETTLED_SECONDS, Due, Keeper, read_quiet_hours
from reelscore.net.http import close_connections
from reelscore.net.retry import RetryPolicy
from reelscore.records import Job
from reelscore.wiring import Wiring

NIGHT = read_quiet_hours("22:00-07:00")


@pytest.mark.parametrize(
    ("quiet", "minute", "is_quiet"),
    [
        (NIGHT, 21 * 60 + 59, False),
        (NIGHT, 22 * 60, True),
        (NIGHT, 0, True),
        (NIGHT, 7 * 60, False),
        (read_quiet_hours("09:30 - 10:00"), 9 * 60 + 30, True),
        (read_quiet_hours("09:30-10:00"), 10 * 60, False),
        (read_quiet_hours(""), 0, False),
    ],
)
def test_quiet_hours_may_pass_midnight(quiet: tuple[int, int] | None, minute: int, is_quiet: bool) -> None:
    assert Due((), 0, quiet, 0.0).is_quiet(minute) is is_quiet


@pytest.mark.parametrize("text", ["22-7", "noon", "22:00-25:00", "1:00-2:00-3:00"])
def test_quiet_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="22:00-07:00"):
        read_quiet_hours(text)


def test_a_folder_is_due_once_it_has_settled_outside_of_quiet_hours() -> None:
    due = Due(["/m/a", "/m/b"], 0, NIGHT, 0.0)
    assert due.take_folders(0.0, minute=0) == []  # quiet
    assert due.take_folders(0.0, minute=600) == ["/m/a", "/m/b"]  # what happened while nobody looked
    due.note(["/m/b/x.mp3", "/m/bb/y.mp3"], 100.0)
    assert due.take_folders(100.0 + SETTLED_SECONDS - 1, minute=600) == []
    due.note(["/m/b/z.mp3"], 120.0)
    assert due.take_folders(120.0 + SETTLED_SECONDS, minute=600) == ["/m/b"]
    assert due.take_folders(1e9, minute=600) == []


def test_renewals_come_in_their_turn() -> None:
    due = Due((), 60.0, None, renewed=1000.0)
    assert [due.take_renewal(at) for at in (1030.0, 1060.0, 1061.0, 1121.0)] == [False, True, False, True]
    assert not Due((), 0.0, None, 0.0).take_renewal(1e9)


class Queue:
    """Notes what it is asked."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.cancelled: list[str] = []

    def submit(self, kind: str, arguments: Any) -> Job:
        return self.wiring.catalog.create_job(kind, arguments)

    def cancel(self, job_id: str) -> Job:
        self.cancelled.append(job_id)
        return self.wiring.catalog.job(job_id)

    def start(self) -> None: ...

    def stop(self) -> None: ...


def test_watched_folders_are_ingested_and_left_alone_when_it_is_quiet(tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    wiring = Wiring(Settings(home=tmp_path / "home", watch=True, music_folders=str(music), watch_share=0.25))
    queue = Queue(wiring)
    keeper = Keeper(wiring, queue)
    keeper.look()
    (job,) = wiring.catalog.unfinished_jobs()
    assert (job.kind, job.arguments["options"]) == ("ingest", {"paths": [str(music)], "share": 0.25})
    keeper.look([str(music / "new.mp3")])
    assert len(wiring.catalog.unfinished_jobs()) == 1  # one at a time
    keeper._due.quiet = (0, 24 * 60)
    keeper.look()
    assert queue.cancelled == [job.id] and str(music) in keeper._due.changed  # it is taken up later
    wiring.close()


def test_watching_nothing_is_a_mistake_that_is_told(tmp_path: Path) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home", watch=True))
    with pytest.raises(ConfigurationError, match="REELSCORE_MUSIC_FOLDERS"):
        Keeper(wiring, Queue(wiring))


# --- webhooks ----------------------------------------------------------------------------------------


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    web = FakeWeb(routes={"/hook": lambda _: Answer(b"thanks")})
    with serve_web(web):
        yield web
    close_connections()


def test_others_are_told_with_a_signature_and_again_after_a_failure(
    web: FakeWeb, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "s3cr3t"
    settings = Settings(
        webhook_urls=f"{web.url}/hook?key=4711, {web.url}/gone", webhook_secret=SecretStr(secret)
    )
    web.first["/hook"].append(Answer(status=503))
    caplog.set_level(logging.INFO)
    quick = RetryPolicy(attempts=2, first_wait=0.01)
    assert send_webhook(settings, "library.changed", {"added": 3, "source": "folder"}, policy=quick) == [
        "127.0.0.1"
    ]
    first, second = web.asked("/hook")
    wanted = hmac.new(secret.encode(), second.body, hashlib.sha256).hexdigest()
    assert second.headers[SIGNATURE] == f"sha256={wanted}" and first.body == second.body
    told = json.loads(second.body)
    assert (told["event"], told["data"]["added"]) == ("library.changed", 3) and told["id"] and told["at"]
    assert secret not in caplog.text and "4711" not in caplog.text


def test_nobody_is_told_of_nothing(web: FakeWeb) -> None:
    settings = Settings(webhook_urls=f"{web.url}/hook")
    tell_changes(
        settings, {"source": "folder", "added": 0, "already_known": 9}, {"changed": [], "failed": []}
    )
    assert not web.seen
    tell_changes(settings, {"source": "folder", "added": 2}, {"changed": [{"name": "Calm"}], "failed": []})
    assert [json.loads(one.body)["event"] for one in web.seen] == [
        "library.changed",
        "saved_searches.changed",
    ]


def test_without_a_secret_a_webhook_is_not_signed_and_the_log_says_so(
    web: FakeWeb, caplog: pytest.LogCaptureFixture
) -> None:
    for secret in (None, SecretStr("")):
        caplog.clear()
        settings = Settings(webhook_urls=f"{web.url}/hook", webhook_secret=secret)
        assert send_webhook(settings, "library.changed", {"added": 3}) == []
        assert SIGNATURE not in web.asked("/hook")[-1].headers
        assert "REELSCORE_WEBHOOK_SECRET is not set" in caplog.text
