from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from reelscore.net.temporary import sweep, temporary_folder

_HOLD = """
import sys, time
from pathlib import Path
from reelscore.net.temporary import temporary_folder
with temporary_folder(Path(sys.argv[1])) as folder:
    (folder / "sound.m4a").write_bytes(b"x")
    print(folder, flush=True)
    time.sleep(60)
"""


def test_a_folder_is_empty_and_goes_with_its_context(tmp_path: Path) -> None:
    with temporary_folder(tmp_path / "fetched") as folder:
        assert list(folder.iterdir()) == []
        (folder / "sound.m4a").touch()
    assert list((tmp_path / "fetched").iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_what_a_living_one_uses_is_not(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    left = Path(holder.stdout.readline().strip())
    try:
        assert sweep(tmp_path, settled=0) == 0
        assert (left / "sound.m4a").exists()
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    assert sweep(tmp_path, settled=0) == 1
    assert not left.exists()


def test_a_young_folder_is_given_time_to_take_its_lock(tmp_path: Path) -> None:
    young = tmp_path / "reelscore-young"
    young.mkdir()
    assert sweep(tmp_path, stale=0) == 0
    assert young.exists()


def test_a_folder_without_a_lock_goes_when_it_is_old(tmp_path: Path) -> None:
    old, fresh, foreign = tmp_path / "reelscore-old", tmp_path / "reelscore-new", tmp_path / "other"
    for folder in (old, fresh, foreign):
        folder.mkdir()
        (folder / "sound.m4a").touch()
    for folder in (old, foreign):
        os.utime(folder, (1, 1))
    with temporary_folder(tmp_path) as own:
        assert own.is_dir()
        assert not old.exists()
        assert fresh.exists()
        assert foreign.exists()
    assert not own.exists()
