"""What the page costs over a library of 100,000 songs: first view, scrolling, answers, the map.

Run with `.venv/bin/python benchmarks/page.py`. The library is that of `benchmarks/filters.py`: drawn at
random, without sound; `--home FOLDER` keeps it for the next run. Everything is served on loopback by this
process, and looked at by headless Chromium, each time in a new profile.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from filters import ExactWiring, fill
from reelscore.api.app import create_app
from reelscore.api.server import Server, open_socket, url_of
from reelscore.config import Settings
from reelscore.wiring import Wiring

REPEATS = 7
ORDERS = ("title", "-title", "artist", "added", "-tempo", "energy", "duration")
VIEWS = ("/", "/?q=calm+piano", "/library", "/map", "/jobs", "/state")

# Notes when a view can be used: its element is shown, which its module does last.
WATCH = """
(() => {
  const look = () => {
    if (document.querySelector(".view:not([hidden])")) window.usableAt = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""
SCROLL = """async ([step, milliseconds]) => {
  const frame = document.querySelector(".list-frame");
  const gaps = [];
  await new Promise((resolve) => {
    let last = performance.now();
    const end = last + milliseconds;
    const tick = (now) => {
      gaps.push(now - last);
      last = now;
      frame.scrollTop += step;
      if (now < end) requestAnimationFrame(tick);
      else resolve();
    };
    requestAnimationFrame(tick);
  });
  gaps.shift();
  gaps.sort((one, other) => one - other);
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  return { fps: (1000 * gaps.length) / total, p95: gaps[Math.floor(gaps.length * 0.95)], worst: gaps.at(-1) };
}"""


@contextmanager
def serving(wiring: Wiring) -> Iterator[str]:
    listener = open_socket("127.0.0.1", 0)
    ready = threading.Event()
    server = Server(create_app(wiring), on_listening=ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    ready.wait(60)
    yield url_of(listener).rstrip("/")
    server.should_exit = True
    thread.join(30)
    listener.close()


def time_lists(url: str) -> None:
    print(f"\n{'list of songs':34}{'first':>9}{'others':>9}   ms")
    with httpx.Client(base_url=url, timeout=600) as client:
        wanted: list[dict[str, Any]] = [{"sort": order} for order in ORDERS]
        wanted += [{"search": "song 77"}, {"filters": json.dumps({"genres": ["jazz"], "vocals": False})}]
        for question in wanted:
            times = []
            total = 0
            for number in range(REPEATS):
                offset = int(total * number / REPEATS)
                began = time.perf_counter()
                answer = client.get("/api/songs", params={**question, "limit": 100, "offset": offset})
                times.append(1000 * (time.perf_counter() - began))
                total = answer.json()["total"]
            name = f"{json.dumps(question)} ({total:,})"
            print(f"{name[:33]:34}{times[0]:9.0f}{statistics.median(times[1:]):9.0f}")


def fill_indexes(url: str) -> None:
    """The first question fills the indexes of a library that was written past them."""
    path = "/api/recommendations/text-recommendations"
    began = time.perf_counter()
    httpx.post(url + path, json={"query": "calm piano"}, timeout=3600).raise_for_status()
    print(f"\nfirst question, which fills the indexes: {time.perf_counter() - began:.1f} s")


def make_map(url: str) -> None:
    with httpx.Client(base_url=url, timeout=600) as client:
        began = time.perf_counter()
        task = client.post("/api/library/map").json()["task_id"]
        while (state := client.get(f"/api/tasks/{task}").json()["data"])["state"] in ("queued", "running"):
            time.sleep(0.2)
        seconds = time.perf_counter() - began
        version = client.get("/api/library/map").json()["data"]["version"]
        size = len(client.get("/api/library/map/points", params={"version": version}).content)
    print(f"\nmap of the library: {state['state']} in {seconds:.1f} s, {size:,} bytes of points")


def new_page(browser: Any, sizes: dict[str, int]) -> Page:
    page: Page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(WATCH)

    def note(response: Any) -> None:
        if "json" in response.headers.get("content-type", ""):
            path = response.url.partition("?")[0].partition("/api/")[2] or response.url.rpartition("/")[2]
            sizes[path] = max(sizes.get(path, 0), len(response.body()))

    page.on("response", note)
    return page


def look(url: str) -> None:
    with sync_playwright() as driver:
        executable = shutil.which("chromium") or shutil.which("chromium-browser")
        options = ["--no-sandbox", "--disable-gpu", "--mute-audio"]
        browser = driver.chromium.launch(executable_path=executable, args=options)
        print(f"\n{'view':34}{'usable':>9}   ms  largest JSON, bytes")
        for path in VIEWS:
            times, sizes = [], {}
            for _ in range(REPEATS):
                page = new_page(browser, sizes)
                page.goto(url + path)
                page.wait_for_load_state("networkidle", timeout=120_000)
                times.append(page.evaluate("window.usableAt"))
                page.context.close()
            largest = max(sizes, key=lambda name: sizes[name])
            print(f"{path:34}{statistics.median(times):9.0f}       {sizes[largest]:,} ({largest})")
        page = new_page(browser, {})
        page.goto(f"{url}/library")
        page.locator(".list-row").first.wait_for()
        page.wait_for_timeout(1000)
        print(f"\n{'scrolling, pixels a frame':34}{'frames/s':>9}{'p95':>9}{'worst':>9}   ms")
        for name, step in (("reading (12)", 12), ("fast (300)", 300), ("flying (20,000)", 20_000)):
            found = page.evaluate(SCROLL, [step, 4000])
            print(f"{name:34}{found['fps']:9.1f}{found['p95']:9.1f}{found['worst']:9.1f}")
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--songs", type=int, default=100_000)
    parser.add_argument("--home", type=Path, help="keep the library here, and use it again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = arguments.home or Path(scratch) / "home"
        fresh = not (home / "library.sqlite3").is_file()
        wiring = ExactWiring(Settings(home=home))
        if fresh:
            fill(wiring, arguments.songs)
        with serving(wiring) as url:
            time_lists(url)
            fill_indexes(url)
            make_map(url)
            look(url)
        wiring.close()


if __name__ == "__main__":
    main()
