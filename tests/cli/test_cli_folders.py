"""`ingest folder` a second time: what the report says of files that were moved and deleted."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reelscore.cli.main import run
from reelscore.records import Track
from reelscore.sources.demo import DemoSource
from reelscore.wiring import close_wirings

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def ingest(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["reelscore", "ingest", "folder", *arguments])
        capsys.readouterr()
        code: object = 0
        try:
            run()
        except SystemExit as leave:
            code = leave.code or 0
        finally:
            close_wirings()
        return int(str(code)), capsys.readouterr().out

    yield call
    close_wirings()


def test_a_second_run_tells_what_became_of_the_files(
    tmp_path: Path, ingest: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    for number, offer in enumerate(DemoSource(limit=3).offer()):
        assert isinstance(offer, Track)
        shutil.copy(str(offer.uri), music / f"{number}.opus")
    monkeypatch.chdir(tmp_path)
    code, out = ingest("music")
    assert (code, "3 offered = 3 added" in out) == (0, True)
    (music / "0.opus").rename(music / "renamed.opus")
    (music / "1.opus").unlink()
    code, out = ingest("music")
    assert code == 0
    assert "1 of those already there moved: found at another path" in out
    assert f"missing 1 file of the library, gone from the folder:\n    {music / '1.opus'}" in out
    assert "2 offered = 0 added + 2 already there + 0 skipped + 0 failed" in out
    code, out = ingest("music", "--prune", "--json")
    report = json.loads(out)
    assert (report["missing"], report["removed"], report["missing_files"]) == (1, 1, [str(music / "1.opus")])
    assert json.loads(ingest("music", "--json")[1])["missing"] == 0
