from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cli_commands import Outcome, Reelscore
from reelscore.sources.demo import DemoSource


@pytest.fixture
def analyze(reelscore: Reelscore) -> Reelscore:
    """Runs `reelscore analyze audio` on a track of the demo in this process."""
    track = str(next(offer.uri for offer in DemoSource().offer()))  # type: ignore[union-attr]

    def call(*arguments: str | Path) -> Outcome:
        return reelscore("analyze", "audio", track, *arguments)

    return call


def test_the_figure_is_drawn_beside_the_answer(analyze: Reelscore, tmp_path: Path) -> None:
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
    analyze: Reelscore, tmp_path: Path, name: str, reason: str
) -> None:
    code, out, err = analyze("--plot", tmp_path / name)
    assert (code, out) == (1, "")
    assert reason in err
    assert len(err.splitlines()) == 1


def test_a_missing_extra_is_named(
    analyze: Reelscore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, out, err = analyze("--plot", tmp_path / "out.png", "--json")
    assert code == 1
    assert json.loads(out)["error"]["code"] == "configuration"
    assert "pip install 'matplotlib>=" in err
