"""The cut times of an analysis are those of Chromium: the mediaTime of the first frame of each shot."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from reelscore.video.measure.video import measure_video

sys.path.insert(0, str(Path(__file__).parent.parent / "video"))
import video_files as vf
from test_clock import COUNT, RATE, copied, reel

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# The frames around a place, as [mediaTime, how much the picture differs from the frame before].
FRAMES = """async ([from, to, step]) => {
  const video = document.querySelector("video");
  const canvas = new OffscreenCanvas(32, 18);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const frames = new Map();
  const shown = () => new Promise((done) => {
    const timer = setTimeout(done, 400); // the same frame again is not told
    video.requestVideoFrameCallback((_, { mediaTime }) => {
      clearTimeout(timer);
      context.drawImage(video, 0, 0, 32, 18);
      frames.set(mediaTime, context.getImageData(0, 0, 32, 18).data);
      done();
    });
  });
  for (let at = Math.max(0, from); at < to; at += step) {
    const told = shown();
    video.currentTime = at;
    await told;
  }
  const times = [...frames.keys()].sort((a, b) => a - b);
  return times.map((time, index) => {
    const before = frames.get(times[Math.max(0, index - 1)]);
    return [time, frames.get(time).reduce((sum, value, at) => sum + Math.abs(value - before[at]), 0)];
  });
}"""
OPEN = """async () => {
  const video = document.querySelector("video");
  const ready = new Promise((done, failed) => {
    video.onloadeddata = done;
    video.onerror = () => failed(new Error("this browser does not play it"));
  });
  video.src = URL.createObjectURL(document.querySelector("input").files[0]);
  await ready;
}"""

KINDS: dict[str, Callable[[Path, Path], Path]] = {
    "MP4": lambda plain, _: plain,
    "MP4 with a late picture": lambda plain, d: copied(plain, d / "late.mp4", late=Fraction(1, 2)),
    "MP4 without edit list": lambda plain, d: copied(plain, d / "bare.mp4", options={"use_editlist": "0"}),
    "fragmented MP4": lambda plain, d: copied(
        plain, d / "frag.mp4", options={"movflags": "frag_keyframe+empty_moov"}
    ),
    "MP4 cut at its start by an edit list": lambda plain, d: copied(
        plain, d / "cut.mp4", late=Fraction(-1, 2)
    ),
    "MP4 of variable rate": lambda _, d: vf.write(
        d / "variable.mp4",
        reel(),
        times=[round(1000 * (frame + 0.3 * (frame % 2)) / RATE) for frame in range(COUNT)],
        preset="medium",
    ),
    "MP4 with pixels that are turned": lambda _, d: vf.write(
        d / "turned.mp4", reel(), rate=RATE, rotation=90, preset="medium"
    ),
    "MOV": lambda plain, d: copied(plain, d / "a.mov"),
    "Matroska": lambda plain, d: copied(plain, d / "a.mkv"),
    "Matroska with a late picture": lambda plain, d: copied(plain, d / "late.mkv", late=Fraction(1)),
    "WebM": lambda _, d: vf.write(d / "a.webm", reel(), rate=RATE, codec="libvpx"),
    "WebM from one second on": lambda _, d: vf.write(
        d / "later.webm",
        reel(),
        times=[1000 + round(1000 * frame / RATE) for frame in range(COUNT)],
        codec="libvpx",
    ),
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """H.264 with B-frames, as most files have it."""
    return vf.write(tmp_path_factory.mktemp("picture") / "plain.mp4", reel(), rate=RATE, preset="medium")


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context()
    page = context.new_page()
    page.set_content("<input type=file><video muted playsinline></video>")
    yield page
    context.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_is_where_the_player_shows_it(page: Any, plain: Path, tmp_path: Path, kind: str) -> None:
    path = KINDS[kind](plain, tmp_path)
    cuts = measure_video(path).measurements.cuts
    assert len(cuts) == 3
    page.set_input_files("input", path)
    page.evaluate(OPEN)
    for cut in cuts:
        frames = page.evaluate(FRAMES, [cut - 4 / RATE, cut + 4 / RATE, 0.5 / RATE])
        assert len(frames) > 4, frames
        shown = max(frames, key=lambda frame: frame[1])[0]
        assert cut == pytest.approx(shown, abs=1.01 / RATE), frames
