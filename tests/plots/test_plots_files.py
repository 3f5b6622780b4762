from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from library_figures import plot_map
from matplotlib.figure import Figure
from plots_material import FEATURES, TAGS, fingerprint_like, tone

from reelscore.errors import ConfigurationError, InvalidInputError
from reelscore.plots.canvas import check_target, save_figure
from reelscore.plots.track import plot_track


def draw() -> Figure:
    return plot_map(np.eye(3, 2), (0.6, 0.4), groups={"genre": ["a", "b", "b"]})


@pytest.mark.parametrize(
    ("suffix", "head"), [(".png", b"\x89PNG"), (".PNG", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")]
)
def test_the_suffix_says_what_is_written(tmp_path: Path, suffix: str, head: bytes) -> None:
    path = tmp_path / f"out{suffix}"
    save_figure(draw(), path)
    assert path.read_bytes().startswith(head)
    assert path.stat().st_size > 2_000


def test_the_same_song_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("one.png", "two.png", "one.svg", "two.svg"):
        save_figure(draw(), tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_any_title_can_be_written(tmp_path: Path) -> None:
    title = "$x^ and $y_{ \\frac{1} – 歌 – ਗੀਤ – شعر – a\nb"
    figure = plot_track(tone(seconds=5.0), FEATURES, fingerprint_like(), TAGS, title=title)
    save_figure(figure, tmp_path / "out.png")
    assert (tmp_path / "out.png").stat().st_size > 10_000


@pytest.mark.parametrize("name", ["out", "out.jpg", "out.png.txt", "song.mp3"])
def test_a_suffix_of_no_picture_is_refused_with_those_that_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError, match=r"\.png, \.svg, \.pdf"):
        check_target(tmp_path / name)


def test_a_path_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(InvalidInputError, match="it is a folder"):
        check_target(tmp_path / "folder.png")
    with pytest.raises(InvalidInputError, match="make it first"):
        check_target(tmp_path / "nowhere" / "out.png")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    path.symlink_to("/dev/full")
    with pytest.raises(InvalidInputError, match="No space left") as caught:
        save_figure(draw(), path)
    assert "\n" not in str(caught.value)


def test_without_matplotlib_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigurationError, match="pip install 'matplotlib>="):
        check_target(tmp_path / "out.png")
    with pytest.raises(ConfigurationError, match="pip install 'matplotlib>="):
        draw()


def test_matplotlib_is_loaded_for_figures_only() -> None:
    program = (
        "import sys, reelscore.cli.main, reelscore.analysis.track;"
        "import reelscore.plots.track, reelscore.plots.canvas;"
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
