"""What a file can do to the child that opens it, and what the process that asked for it sees."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from child_work import (
    PATIENT,
    QUICK,
    doubled,
    endless,
    failing,
    greedy,
    harmful,
    killed,
    lingering,
    never,
    ran,
    refusing,
    ticking,
    unsendable,
    waiting,
    where,
)

from patience import PATIENCE_SECONDS
from reelscore.analysis import track
from reelscore.audio.decode import load
from reelscore.children import forked, media_in_children, pool
from reelscore.children.pool import POOL, Pool
from reelscore.children.streaming import stream_from_child
from reelscore.config import Settings
from reelscore.errors import CancelledError, ReelscoreError, UnknownNameError, UnreadableMediaError
from reelscore.ingest.service import ingest
from reelscore.jobs.local import LocalJobQueue
from reelscore.monitoring import MONITOR
from reelscore.net.waiting import stoppable
from reelscore.records import JobState, Progress
from reelscore.wiring import Wiring


@pytest.fixture(scope="module", autouse=True)
def _children() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(POOL, "use", partial(Pool.use, POOL))
        with media_in_children():
            yield


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    made = Wiring(Settings(home=tmp_path / "home"))
    yield made
    made.close()


def test_a_child_is_used_again_and_gives_arrays_back() -> None:
    first = where(Path("a"))
    assert first != os.getpid()
    assert where(Path("b")) == first
    samples = np.arange(300_000, dtype=np.float32)
    given = doubled(Path("a"), samples)
    assert np.array_equal(given, 2.0 * samples)
    given[0] = 1.0  # as any array


def test_functions_run_here_where_nobody_wants_children() -> None:
    pid: list[int] = []
    used, POOL.used = POOL.used, 0
    try:
        pid.append(where(Path("a")))
    finally:
        POOL.used = used
    assert pid == [os.getpid()]


@pytest.mark.parametrize("name", ["never", "endless"])
def test_work_that_never_ends_is_ended_at_its_deadline(name: str) -> None:
    before = where(Path("a"))
    with pytest.raises(UnreadableMediaError, match=r"^bad\.mp3 was given up after 0 s; .*again$"):
        if name == "never":
            never(Path("bad.mp3"))
        else:
            endless(Path("bad.mp3"), progress=lambda _: None)
    assert where(Path("a")) != before  # it is gone, and the next one works


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS])
def test_a_child_that_dies_is_one_line(sign: signal.Signals) -> None:
    advice = "smaller" if sign is signal.SIGKILL else "again"
    with pytest.raises(UnreadableMediaError, match=rf"^bad\.mp3: .*\({sign.name}\).*{advice}$"):
        killed(Path("bad.mp3"), int(sign))
    assert where(Path("a")) != os.getpid()


def test_a_child_has_only_so_much_memory() -> None:
    with pytest.raises(UnreadableMediaError, match=r"^big\.png takes more than 300 MB"):
        greedy(Path("big.png"))
    assert where(Path("a")) != os.getpid()


def test_errors_come_through_as_they_are() -> None:
    with pytest.raises(UnknownNameError, match="unknown kind 'x'; known: a, b"):
        refusing(Path("a"))
    with pytest.raises(IndexError, match="out") as failed:
        failing(Path("a"))
    assert "in failing" in failed.value.__notes__[0]
    with pytest.raises(TypeError, match="unsendable gave what cannot be sent"):
        unsendable(Path("a"))


def test_code_that_children_do_not_find_is_said_and_so_is_no_answer_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(_: Path) -> None: ...

    gone.__module__ = "reelscore.of_another_version"  # the code was replaced while the server runs
    with pytest.raises(ModuleNotFoundError, match="of_another_version"):
        POOL.run(gone, (Path("a"),), {}, QUICK)

    def silent(*_: Any) -> Any:
        raise pool._IdleError

    monkeypatch.setattr(POOL, "_ask", silent)
    with pytest.raises(UnreadableMediaError, match=r"^a: .* ended without an answer; try again$"):
        where(Path("a"))


@pytest.mark.parametrize("by", ["progress", "stop"])
def test_cancelling_ends_the_child(by: str) -> None:
    stop = threading.Event()
    stop.set()

    def cancel(_: Progress) -> None:
        if by == "progress":
            raise CancelledError("cancelled")

    before = where(Path("a"))
    began = time.monotonic()
    with pytest.raises(CancelledError):
        if by == "stop":
            with stoppable(stop):
                waiting(Path("long.mp4"), progress=cancel)
        else:
            waiting(Path("long.mp4"), progress=cancel)
    assert time.monotonic() - began < 20.0  # of 30 that it would take
    assert where(Path("a")) != before


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("", ""),
        ("kill", r"^a stream: the process that read it was ended \(SIGSEGV\)$"),
        ("silence", r"^a stream was given up after 1 s in which nothing came$"),
        ("error", "unknown kind 'x'; known: a, b"),
        ("stop", "stopped"),
    ],
)
def test_what_a_child_reads_comes_piece_by_piece_until_its_end(end: str, message: str) -> None:
    came: list[float] = []
    stop = threading.Event()
    limits = replace(PATIENT, silence=1.0 if end == "silence" else 30.0)
    with stoppable(stop), pytest.raises(ReelscoreError, match=message) if end else nullcontext():
        kind = "silence" if end == "stop" else end
        for piece in stream_from_child(ticking, kind, name="a stream", limits=limits):
            came.append(float(piece.mean()))
            if end == "stop" and len(came) == 3:
                stop.set()
    assert came == [0.0, 1.0, 2.0]


def test_a_child_that_is_gone_is_replaced() -> None:
    before = where(Path("a"))
    os.kill(before, signal.SIGKILL)
    while not _is_over(before):
        time.sleep(0.01)
    assert where(Path("a")) not in (before, os.getpid())


def test_children_have_loaded_models_and_what_models_did_is_counted_here() -> None:
    MONITOR.drain()
    where(Path("a"))  # the first one tells of what its fork server loaded
    child = POOL._children.waiting()
    assert child is not None
    child.kill()
    assert ran(Path("a"))
    assert ("of a child", "run") in MONITOR.runs
    assert MONITOR.runs["of a child", "run"].count == 1
    ran(Path("a"))
    assert MONITOR.runs["of a child", "run"].count == 2


def test_a_child_is_replaced_after_much_work_and_children_after_the_end_of_their_fork_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "_MOST_WORK", 1)
    before = where(Path("a"))
    assert where(Path("a")) != before
    fork_server = POOL._children._fork_server
    assert fork_server is not None
    fork_server._process.kill()
    fork_server._process.wait()
    assert where(Path("a")) not in (before, os.getpid())


def test_what_children_are_forked_from_ends_without_any_and_begins_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    short = "import reelscore.children.fork_server as own; own._LONELY_SECONDS = 0.1; main(int("
    monkeypatch.setattr(forked, "_START", forked._START.replace("main(int(", short))
    children = forked.Children([])
    child = children.new()
    fork_server = children._fork_server
    assert fork_server is not None
    assert fork_server._process.poll() is None
    child.kill()
    assert fork_server._process.wait(PATIENCE_SECONDS) == 0
    again = children.new()
    assert again.alive
    again.kill()
    children.close()


def test_what_a_file_does_to_its_child_is_one_line_of_the_ingest(
    wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    for number, name in enumerate(("good", "ends", "sleeps", "takes")):
        noise = np.random.default_rng(number).standard_normal(22_050 * 4).astype(np.float32)
        soundfile.write(music / f"{name}.wav", 0.1 * noise, 22_050)
    monkeypatch.setattr(track, "hear_bundled", harmful)
    report = ingest(wiring, "folder", {"paths": [str(music)]})
    assert report.added == 1
    said = {Path(issue.name).stem: issue.reason for issue in (*report.skipped, *report.failed)}
    assert set(said) == {"ends", "sleeps", "takes"}
    assert re.search(r"ends\.wav: the process that opened it was ended \(SIGABRT\)", said["ends"])
    assert re.search(r"sleeps\.wav was given up after \d+ s", said["sleeps"])
    assert re.search(r"takes\.wav takes more than 1,000 MB of memory", said["takes"])
    assert not any("\n" in reason for reason in said.values())


def test_a_job_that_is_cancelled_ends_its_child_at_once(wiring: Wiring, tmp_path: Path) -> None:
    begun = tmp_path / "begun"

    def film(arguments: Mapping[str, Any], report: Callable[[Progress], None]) -> dict[str, Any]:
        lingering(begun, progress=report)
        return {}

    queue = LocalJobQueue(wiring.catalog, {"film": film})
    queue.start()
    try:
        job = queue.submit("film", {})
        while not begun.exists() or not begun.read_text():
            time.sleep(0.01)
        queue.cancel(job.id)
        while not (now := wiring.catalog.job(job.id)).state.final:
            time.sleep(0.01)
        assert now.state is JobState.CANCELLED
        assert _is_over(int(begun.read_text()))
    finally:
        queue.stop()


def test_a_real_file_is_decoded_in_a_child_as_it_is_here(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.sin(np.arange(22_050, dtype=np.float32) / 7.0), 22_050)
    told: list[Progress] = []
    there = load(path, metered=True, progress=told.append)
    here = load.__wrapped__(path, metered=True)  # type: ignore[attr-defined]
    assert np.array_equal(there.samples, here.samples)
    assert np.array_equal(there.powers, here.powers)
    assert told
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no sound")
    with pytest.raises(UnreadableMediaError, match=r"bad\.wav"):
        load(bad)


def _is_over(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
