from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from cli_commands import Outcome, Reelscore

from reelscore.cli.main import run
from reelscore.wiring import close_wirings


@pytest.fixture
def reelscore(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Reelscore]:
    """Runs a command in this process, through the entry point of the console script."""

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["reelscore", *map(str, arguments)])
        capsys.readouterr()
        try:
            run()
            code = 0
        except SystemExit as leave:
            code = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
        finally:
            close_wirings()  # as the end of the process does
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Outcome(code, out, err)

    yield call
    close_wirings()
