"""Films that no browser shows are shown as copies, frame by frame, in a real browser."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from reelscore.config import Settings
from reelscore.library import films
from reelscore.wiring import Wiring
from serving import serve

sys.path.insert(0, str(Path(__file__).parent.parent / "video"))
from test_proxy import BITS, COUNT, FILMS, RATE

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]

# The number that the picture spells at a time, as the page's own video shows it.
NUMBER_AT = """async ([time, bits]) => {
  const video = document.querySelector("#picture video");
  video.currentTime = time;
  while (video.seeking || Math.abs(video.currentTime - time) > 0.001) {
    await new Promise((done) => setTimeout(done, 20));
  }
  const canvas = new OffscreenCanvas(bits * 10, 10);
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, bits * 10, 10);
  let number = 0;
  for (let bit = 0; bit < bits; bit += 1) {
    if (context.getImageData(bit * 10 + 5, 5, 1, 1).data[1] > 120) number += 2 ** bit;
  }
  return number;
}"""


@pytest.fixture
def wiring(demo_library_home: Path) -> Iterator[Wiring]:
    wiring = Wiring(Settings(home=demo_library_home))
    yield wiring
    wiring.close()


@pytest.fixture
def url(wiring: Wiring) -> Iterator[str]:
    with serve(wiring) as url:
        yield url


def shown(page: Any) -> None:
    page.locator("#picture video").wait_for(timeout=120_000)
    page.wait_for_function("() => document.querySelector('#picture video')?.readyState >= 2", timeout=120_000)


@pytest.mark.parametrize("kind", ["ProRes", "DNxHR in MXF", "AVI", "HEVC 10 bit"])
def test_a_film_that_no_browser_shows_is_shown(
    url: str, open_page: OpenPage, tmp_path: Path, kind: str
) -> None:
    film = FILMS[kind](tmp_path)
    page = open_page(url)
    page.set_input_files("#video-file", film)
    page.locator(".song").first.wait_for(timeout=120_000)
    shown(page)
    times = np.random.default_rng(5).uniform(0, COUNT / RATE - 0.05, 20 if kind == "ProRes" else 6)
    for time in times:
        number = page.evaluate(NUMBER_AT, [float(time), BITS])
        assert abs(number - time * RATE) <= 1.0 + 1e-6
    if kind != "ProRes":
        return
    page.locator(".song .play-cell .play-button").first.click()
    page.locator(".take[aria-pressed=true]").wait_for()

    page.reload()  # the copy is still there, without choosing anything
    shown(page)
    page.locator(".song .play-cell .play-button").first.click()
    page.locator(".take[aria-pressed=true]").wait_for()
    page.locator(".take-it > summary").click()
    page.locator('.take-way[data-to="otio"]').click()
    page.locator(".take-state", has_text="The film itself is not at hand").wait_for()
    page.set_input_files("#film-file", film)
    page.locator('.take-way[data-to="otio"]').click()
    page.locator(".take-state a[download]").wait_for(timeout=60_000)

    (project,) = httpx.get(f"{url}/api/projects").json()["data"]
    copy = httpx.get(f"{url}/api/analyses/{project['films'][0]['analysis_id']}").json()["data"]["film_url"]
    assert httpx.get(url + copy, headers={"Range": "bytes=0-9"}).status_code == 206
    httpx.delete(f"{url}/api/projects/{project['id']}")
    assert httpx.get(url + copy).json()["error"]["code"] == "not_found"


def test_a_copy_that_cannot_be_made_is_said(
    url: str, open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(films, "FREE_BYTES_LEFT", 1 << 60)
    page = open_page(url)
    page.set_input_files("#video-file", FILMS["AVI"](tmp_path))
    page.locator("#picture .notice", has_text="make room").wait_for(timeout=60_000)
    page.locator(".song").first.wait_for(timeout=120_000)  # the songs are there all the same


def test_without_room_for_copies_none_is_made(
    demo_library_home: Path, open_page: OpenPage, tmp_path: Path
) -> None:
    wiring = Wiring(Settings(home=demo_library_home, films_mb=0))
    with serve(wiring) as url:
        page = open_page(url)
        page.set_input_files("#video-file", FILMS["AVI"](tmp_path))
        page.locator(".song").first.wait_for(timeout=120_000)
        assert "export the cut as MP4" in page.locator("#picture .notice").inner_text()
        assert {job["kind"] for job in httpx.get(f"{url}/api/tasks").json()["data"]} == {
            "analyze_video_and_recommend"
        }
    wiring.close()
