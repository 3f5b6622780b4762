"""The size of the database in the state of the library."""

from __future__ import annotations

from pathlib import Path

from reelscore.config import Settings
from reelscore.library.health import HealthService, database_bytes
from reelscore.wiring import Wiring


def test_the_log_of_what_was_written_lately_counts(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    assert database_bytes(path) == 0
    path.write_bytes(b"x" * 4096)
    (tmp_path / "library.sqlite3-wal").write_bytes(b"x" * 2_600_000)
    assert database_bytes(path) == 2_604_096


def test_a_library_in_use_has_its_whole_size(tmp_path: Path) -> None:
    wiring = Wiring(Settings(home=tmp_path))
    for number in range(40):
        wiring.catalog.create_job("ingest", {"text": str(number) * 20_000})
    log = tmp_path / "library.sqlite3-wal"
    assert log.stat().st_size > wiring.settings.sqlite_path.stat().st_size // 2
    size = HealthService(wiring).report()["database"]["size_mb"]
    assert size >= round((log.stat().st_size + wiring.settings.sqlite_path.stat().st_size) / 1e6, 1) > 0.5
    wiring.close()
