"""What the page makes somebody wait for: first view, searching again after an edit, and script in one task.

Run with `.venv/bin/python benchmarks/page_tasks.py --home FOLDER --video clip.mp4` over a library that is
there (`benchmarks/page.py --songs 10000 --home FOLDER` draws one). Everything is served on loopback by this
process and looked at by headless Chromium. Each view is traced through the DevTools protocol: a task's script
is the processor time of the page's thread that its events of V8 cover, without layout and painting between
scripts, so that other programs do not count.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from page import WATCH, serving
from reelscore.config import Settings
from reelscore.wiring import Wiring

REPEATS = 3
VIEWS = (
    "/",
    "/?q=calm+piano",
    "/library",
    "/map",
    "/mixes?kind=path&from=calm&to=energetic&count=4",
    "/jobs",
    "/live",
    "/taste",
    "/state",
    "/docs",
)
CATEGORIES = ["toplevel", "devtools.timeline", "v8", "disabled-by-default-v8.compile"]
SCRIPT = {
    "EvaluateScript",
    "FunctionCall",
    "v8.compile",
    "v8.compileModule",
    "v8.evaluateModule",
    "v8.parseOnBackground",
    "RunMicrotasks",
    "TimerFire",
    "FireAnimationFrame",
    "EventDispatch",
}
# From the change of a field to the answer that it brings.
EDIT = """async (text) => {
  const results = document.querySelector("#songs");
  const field = document.querySelector("#about-input");
  field.value = text;
  const began = performance.now();
  let busy = false;
  const done = new Promise((resolve) => {
    new MutationObserver((_, watching) => {
      busy ||= results.getAttribute("aria-busy") === "true";
      if (!busy || results.getAttribute("aria-busy") === "true" || !results.querySelector(".song")) return;
      watching.disconnect();
      requestAnimationFrame(() => resolve(performance.now() - began));
    }).observe(results, { attributes: true, subtree: true, childList: true });
  });
  field.dispatchEvent(new Event("change", { bubbles: true }));
  return done;
}"""


def script_of_tasks(events: Iterable[Mapping[str, Any]]) -> list[float]:
    """Milliseconds of the processor for script in each task of the page's main thread."""
    events = list(events)
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"].get("name") == "CrRendererMain"
    }
    spans: dict[str, dict[tuple[int, int], list[tuple[float, float]]]] = {"task": {}, "script": {}}
    for event in events:
        key = (event["pid"], event["tid"])
        if event.get("ph") != "X" or key not in mains or "tdur" not in event:
            continue
        kind = (
            "task" if event["name"].endswith("::RunTask") else "script" if event["name"] in SCRIPT else None
        )
        if kind:
            spans[kind].setdefault(key, []).append((event["tts"], event["tts"] + event["tdur"]))
    found = []
    for key, tasks in spans["task"].items():
        scripts = merged(spans["script"].get(key, []))
        for start, end in tasks:
            inside = (min(end, last) - max(start, first) for first, last in scripts)
            found.append(sum(span for span in inside if span > 0) / 1000)
    return found


def merged(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans without those that lie in others."""
    out: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if out and start < out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def traced(browser: Browser, page: Page, work: Any) -> tuple[float, int]:
    """The most script in one task while `work()` is done, in ms, and how many tasks have over 60 ms."""
    browser.start_tracing(page=page, categories=CATEGORIES)
    work()
    page.wait_for_load_state("networkidle", timeout=120_000)
    tasks = script_of_tasks(json.loads(browser.stop_tracing())["traceEvents"])
    return max(tasks, default=0.0), sum(task > 60 for task in tasks)


def new_page(browser: Browser) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(180_000)
    page.add_init_script(WATCH)
    return page


def look_at_views(browser: Browser, url: str) -> None:
    print(f"{'view':52}{'usable':>8}{'script in a task':>18}{'over 60':>9}   ms, ms, tasks")
    for path in VIEWS:
        times, most, over = [], [], 0
        for _ in range(REPEATS):
            page = new_page(browser)
            script, count = traced(browser, page, lambda page=page, path=path: page.goto(url + path))
            times.append(page.evaluate("window.usableAt ?? performance.now()"))
            most.append(script)
            over += count
            page.context.close()
        print(f"{path:52}{statistics.median(times):8.0f}{statistics.median(most):18.0f}{over:9}")


def look_at_a_film(browser: Browser, url: str, video: Path, *, sound: bool) -> None:
    page = new_page(browser)
    page.goto(url)
    page.locator("#drop-zone").wait_for()

    def analyse() -> None:
        page.set_input_files("#video-file", video)
        page.locator(".song").first.wait_for()

    script, over = traced(browser, page, analyse)
    print(f"{'a film, analysed and answered':52}{'':8}{script:18.0f}{over:9}")
    page.evaluate(EDIT, "warming up")
    times: list[float] = []
    words = ("sea", "office", "wedding", "city at night", "forest, autumn", "football", "kitchen")
    script, over = traced(browser, page, lambda: times.extend(page.evaluate(EDIT, word) for word in words))
    print(f"{'searched again after an edit, median':52}{statistics.median(times):8.0f}{script:18.0f}{over:9}")
    print(f"{'                              longest':52}{max(times):8.0f}")
    if not sound:
        return
    page.locator(".song .play-cell .play-button").first.click()
    page.locator(".take[aria-pressed=true]").wait_for()
    script, over = traced(browser, page, lambda: page.wait_for_timeout(4000))
    print(f"{'a song under the film, four seconds':52}{'':8}{script:18.0f}{over:9}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--video", type=Path, required=True)
    arguments = parser.parse_args()
    wiring = Wiring(Settings(home=arguments.home))
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    executable = next(found for name in names if (found := shutil.which(name)))
    with serving(wiring) as url, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu", "--mute-audio"]
        )
        songs, count = wiring.catalog.list_songs(limit=1)
        print(f"{count:,} songs")
        look_at_views(browser, url)
        # Drawn songs cannot be played.
        look_at_a_film(browser, url, arguments.video, sound=Path(songs[0].uri or "").is_file())
        browser.close()
    wiring.close()


if __name__ == "__main__":
    main()
