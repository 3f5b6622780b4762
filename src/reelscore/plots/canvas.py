"""The only module that imports Matplotlib: the look of all figures, and writing them to files."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reelscore.audio.mel import hz_to_mel, mel_to_hz
from reelscore.errors import ConfigurationError, InvalidInputError, how_to_get

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")

INK, MUTED, FAINT = "#22252b", "#6a707c", "#d9dce2"
ACCENT, SECOND = "#0072b2", "#d55e00"

_PIXELS_PER_INCH = 144
_STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 6.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "figure.constrained_layout.h_pad": 0.09,  # inches
    "figure.constrained_layout.w_pad": 0.09,
    "figure.dpi": 100,
    "font.size": 9.0,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "savefig.dpi": _PIXELS_PER_INCH,
    "svg.hashsalt": "reelscore",  # the same figure gives the same file
    "text.color": INK,
    "text.parse_math": False,  # a title with two dollar signs is no formula
    "xtick.color": MUTED,
    "xtick.labelsize": 8.0,
    "ytick.color": MUTED,
    "ytick.labelsize": 8.0,
}
# Asked for glyphs that Matplotlib's own font lacks, if the system has them.
_WIDE_FONTS = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Hiragino Sans",
    "PingFang SC",
    "WenQuanYi Zen Hei",
    "IPAGothic",
    "Noto Sans Arabic",
    "Noto Sans Devanagari",
)
_FREQUENCIES_HZ = (200, 500, 1000, 2000, 5000, 10000, 20000)


@contextmanager
def drawing() -> Iterator[None]:
    """The look of our figures for all that is drawn in the block, whatever the user's own settings are.

    Raises
    ------
    ConfigurationError
        Matplotlib is not installed.
    """
    check_matplotlib()
    from matplotlib import style
    from matplotlib.font_manager import fontManager

    known = set(fontManager.get_font_names())
    fonts = ["DejaVu Sans", *(name for name in _WIDE_FONTS if name in known)]
    with style.context(["default", {**_STYLE, "font.family": fonts}]):
        yield


def check_matplotlib() -> None:
    """Raise ConfigurationError, which names the extra, if Matplotlib is not installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(f"drawing needs Matplotlib; {how_to_get('plot')}") from error


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, inches; its parts find their places themselves."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def check_target(path: Path) -> None:
    """Refuse a path that a figure cannot be written to; asked before the long work, not after it.

    Raises
    ------
    InvalidInputError
        The suffix is none of a picture, or there is no folder that may be written to.
    ConfigurationError
        Matplotlib is not installed.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidInputError(f"cannot draw into {path}: give a name that ends in {', '.join(SUFFIXES)}")
    if path.is_dir():
        raise InvalidInputError(f"cannot draw into {path}: it is a folder; name a file in it")
    if not path.parent.is_dir():
        raise InvalidInputError(f"cannot draw into {path}: there is no folder {path.parent}; make it first")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InvalidInputError(f"cannot draw into {path}: it may not be written; choose another place")
    check_matplotlib()


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure; the suffix of the path says as what.

    Raises
    ------
    InvalidInputError
        As `check_target` says, or writing failed.
    """
    check_target(path)
    kind = path.suffix.lower().removeprefix(".")
    # No date in the file: what was drawn decides its bytes.
    stamp = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
    buffer = BytesIO()
    with drawing(), warnings.catch_warnings():
        # A title in a script that no font here has shows boxes; there is nothing to do about it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(buffer, format=kind, metadata=stamp)
    try:
        path.write_bytes(buffer.getvalue())
    except OSError as error:
        raise InvalidInputError(
            f"cannot draw into {path}: {error.strerror or error}; choose another place"
        ) from error


# --- axes --------------------------------------------------------------------------------------------


def label_mel_axis(axis: Axis, *, bands: int, sample_rate: int) -> None:
    """Frequencies as the ticks of an axis that counts mel bands from 0, as `mel_filterbank` lays them."""
    top = hz_to_mel(sample_rate / 2.0)
    step = top / (bands + 1)  # of the centres, the first of which lies one step above 0 Hz
    centres_hz = mel_to_hz(np.array([step, bands * step]))
    shown = [hz for hz in _FREQUENCIES_HZ if centres_hz[0] <= hz <= centres_hz[1]]
    axis.set_ticks(
        [hz_to_mel(hz) / step - 1.0 for hz in shown],
        labels=[f"{hz / 1000:g}k" if hz >= 1000 else f"{hz}" for hz in shown],
    )


def label_time_axis(axis: Axis, seconds: float) -> None:
    """Ticks at round times, as m:ss, of an axis from 0 to `seconds`."""
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
    step = next((step for step in steps if seconds / step <= 10), steps[-1])
    ticks = np.arange(0, seconds + 1e-6, step)
    axis.set_ticks(ticks.tolist(), labels=[f"{int(tick) // 60}:{int(tick) % 60:02d}" for tick in ticks])


def remark(axes: Axes, words: str) -> None:
    """A few quiet words at the right end of the line of the title."""
    axes.set_title(words, loc="right", fontsize=8.5, fontweight="normal", color=MUTED)


def say_nothing_to_show(axes: Axes, words: str) -> None:
    """Words in the middle of axes that would be empty."""
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=MUTED)


def shorten(text: str, most: int) -> str:
    """A text cut to a number of characters, and to one line."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
