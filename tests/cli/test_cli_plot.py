from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reelscore.cli.main import run
from reelscore.sources.demo import DemoSource
from reelscore.wiring import close_wirings

Analyze = Callable[..., tuple[int, str, str]]


@pytest.fixture
def analyze(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Analyze:
    """Runs `reelscore analyze audio` on a track of the demo in this process."""
    track = str(next(offer.uri for offer in DemoSource().offer()))  # type: ignore[union-attr]

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["reelscore", "analyze", "audio", track, *map(str, arguments)])
        try:
            run()
            code = 0
        except SystemExit as leave:
            code = int(leave.code or 0)
        finally:
            close_wirings()
        return code, *capsys.readouterr()

    return call


def test_the_figure_is_drawn_beside_the_answer(analyze: Analyze, tmp_path: Path) -> None:
    code, out, err = analyze("--plot", tmp_path / "out.png", "--json")
    assert code == 0
    assert json.loads(out)["features"]["tempo_bpm"] > 40
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    assert "out.png" in err
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("name", "reason"), [("out.gif", "name that ends in .png"), ("nowhere/out.png", "make it first")]
)
def test_a_bad_path_is_refused_before_the_work(
    analyze: Analyze, tmp_path: Path, name: str, reason: str
) -> None:
    code, out, err = analyze("--plot", tmp_path / name)
    assert (code, out) == (1, "")
    assert reason in err
    assert len(err.splitlines()) == 1


def test_a_missing_extra_is_named(analyze: Analyze, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, out, err = analyze("--plot", tmp_path / "out.png", "--json")
    assert code == 1
    assert json.loads(out)["error"]["code"] == "configuration"
    assert 'pip install "reelscore[plot]"' in err
