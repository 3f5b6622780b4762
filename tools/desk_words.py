"""Count the words that the desk shows with one video and ten songs, and make its screenshots.

    python tools/desk_words.py http://127.0.0.1:8111 tests/data/clip.mp4
    python tools/desk_words.py http://127.0.0.1:8111 clip.mp4 --screenshots docs/images

The page is opened in headless Chromium over a server that runs. A word is what stands between two spaces
and has a letter or a digit; only what is drawn counts, so not what is folded away or only said.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 1440, 900
SONGS = 10
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")

# The words of every text that is drawn, by the part of the desk that it stands in.
WORDS = """(parts) => {
  const counts = {};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (parent.closest("select, option, script, noscript")) continue;
    const box = parent.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1) continue;
    const hidden = parent.closest(".visually-hidden, .skip-link, [data-view='results'] .headline");
    if (hidden) continue;
    const words = node.textContent.split(/\\s+/).filter((word) => /[\\p{L}\\p{N}]/u.test(word));
    const part = parts.find((selector) => parent.closest(selector)) ?? "other";
    counts[part] = (counts[part] ?? 0) + words.length;
  }
  return counts;
}"""
PARTS = (".top-bar", "#desk", "#about", "#picture", "#analysis", "#filters", "#shortlist", "#notices",
         ".results-head", ".song")  # fmt: skip


def count_words(page: Any) -> Counter[str]:
    """Words that the page draws, by part."""
    return Counter(page.evaluate(WORDS, list(PARTS)))


def open_desk(page: Any, url: str, video: Path) -> None:
    """The desk with a video that was analysed, and its first ten songs."""
    page.goto(url)
    page.set_input_files("#video-file", str(video))
    page.locator(".song").nth(SONGS - 1).wait_for()
    page.locator(".timeline").wait_for()
    page.wait_for_timeout(500)


def take_screenshots(page: Any, folder: Path) -> None:
    """The desk as the docs show it: a song of the compact list tried under the picture."""
    folder.mkdir(parents=True, exist_ok=True)
    page.get_by_role("button", name="Compact list").click()
    page.locator(".song .play-button").nth(1).click()
    page.locator(".take[aria-pressed=true]").wait_for()
    page.locator(".verdict:not(:empty)").wait_for()
    page.wait_for_timeout(1500)
    page.keyboard.press("k")
    page.wait_for_timeout(500)
    page.screenshot(path=str(folder / "desk-video.png"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("url", help="of a running server")
    parser.add_argument("video", type=Path)
    parser.add_argument("--screenshots", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright

    executable = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox", "--mute-audio"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.set_default_timeout(120_000)
        open_desk(page, asked.url, asked.video)
        counts = count_words(page)
        print(json.dumps({"words": counts.total(), "songs": page.locator(".song").count(), **counts}))
        if asked.screenshots:
            take_screenshots(page, asked.screenshots)
        browser.close()


if __name__ == "__main__":
    main()
