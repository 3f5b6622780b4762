from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reelscore.errors import ConfigurationError, LibraryBusyError
from reelscore.index.ownership import FILE_NAME, TOKEN_NAME, claim, owner_of, read_token

HOLDER = """
import sys, time
from pathlib import Path
from reelscore.index.ownership import claim
held = claim(Path(sys.argv[1]))
if len(sys.argv) > 2:
    held.update_url(sys.argv[2])
print("held", flush=True)
time.sleep(60)
"""


def start_holder(home: Path, *url: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home), *url], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_a_second_process_learns_who_owns_the_library_and_how_to_stop_it(tmp_path: Path) -> None:
    child = start_holder(tmp_path, "http://127.0.0.1:8000")
    try:
        with pytest.raises(LibraryBusyError) as caught:
            claim(tmp_path)
        assert caught.value.owner_pid == child.pid
        assert caught.value.owner_url == "http://127.0.0.1:8000"
        assert "reelscore serve" in str(caught.value)
        assert "kill" not in str(caught.value)
        owner = owner_of(tmp_path)
        assert owner is not None
        assert (owner.pid, owner.url) == (child.pid, "http://127.0.0.1:8000")
        assert owner.started_at is not None
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()


def test_a_killed_owner_owns_nothing(tmp_path: Path) -> None:
    child = start_holder(tmp_path)
    with pytest.raises(LibraryBusyError, match=f"process {child.pid} owns .* wait until it ends"):
        claim(tmp_path)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert owner_of(tmp_path) is None  # what it noted is still in the file
    with claim(tmp_path) as held:
        owner = owner_of(tmp_path)
        assert owner is not None
        assert owner.pid == os.getpid()
        assert owner.url is None
        held.update_url("http://127.0.0.1:8123")
        owner = owner_of(tmp_path)
        assert owner is not None
        assert owner.url == "http://127.0.0.1:8123"
    assert owner_of(tmp_path) is None


def test_one_process_claims_once_and_again_after_release(tmp_path: Path) -> None:
    held = claim(tmp_path / "new" / "home")
    with pytest.raises(LibraryBusyError, match="this process"):
        claim(tmp_path / "new" / "home")
    held.release()
    held.release()
    held.update_url("http://late")  # a server that stops last must not fail here
    claim(tmp_path / "new" / "home").release()


def test_a_child_process_does_not_keep_the_library(tmp_path: Path) -> None:
    held = claim(tmp_path)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
    try:
        held.release()
        claim(tmp_path).release()
    finally:
        child.kill()
        child.wait()


def test_a_damaged_note_still_says_that_somebody_owns_the_library(tmp_path: Path) -> None:
    held = claim(tmp_path)
    (tmp_path / FILE_NAME).write_text("garbage")
    with pytest.raises(LibraryBusyError, match="another process") as caught:
        claim(tmp_path)
    assert caught.value.owner_pid is None
    held.release()


def test_nobody_owns_a_library_that_is_not_there(tmp_path: Path) -> None:
    assert owner_of(tmp_path / "nowhere") is None


def test_a_home_that_cannot_be_written_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="REELSCORE_HOME"):
        claim(tmp_path / "file" / "home")


def test_the_owner_leaves_a_secret_for_its_own_user(tmp_path: Path) -> None:
    (tmp_path / TOKEN_NAME).write_text("guessed by somebody")  # and readable by all
    (tmp_path / TOKEN_NAME).chmod(0o644)
    with claim(tmp_path) as held:
        assert read_token(tmp_path) == held.token
        assert len(held.token) >= 32
        assert (tmp_path / TOKEN_NAME).stat().st_mode & 0o777 == 0o600
        first = held.token
    assert read_token(tmp_path) is None
    with claim(tmp_path) as held:
        assert held.token != first
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_who_does_something_that_ends_is_waited_for_and_never_killed(tmp_path: Path) -> None:
    holder = HOLDER.replace("held.update_url(sys.argv[2])", "held.update_url(sys.argv[2], doing='an ingest')")
    child = subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path), "http://127.0.0.1:1"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None and child.stdout.readline() == "held\n"
        with pytest.raises(LibraryBusyError, match="for an ingest; wait until that is done") as caught:
            claim(tmp_path)
        assert "kill" not in str(caught.value)
        assert caught.value.owner_doing == "an ingest"
    finally:
        child.kill()
        child.communicate()
