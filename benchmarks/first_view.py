"""When the views of a running server can be used, in headless Chromium with an empty cache.

Run with `.venv/bin/python benchmarks/first_view.py http://127.0.0.1:8000`. The browser is driven by the few
commands of the DevTools protocol that this needs: a driver that watches each request, as `page.py` uses,
costs some two milliseconds for each and counts as the page's. The server is a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import re
import shutil
import statistics
import subprocess
import tempfile
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from page import WATCH

VIEWS = ("/", "/?q=calm+piano", "/library", "/jobs", "/state")
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")


class Browser:
    """A connection to a browser that runs."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def ask(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Send one command and wait for its answer."""
        number = next(self._numbers)
        to = {"sessionId": session} if session else {}
        await self._socket.send(json.dumps({"id": number, "method": method, "params": parameters, **to}))
        while True:
            answer = json.loads(await self._socket.recv())
            if answer.get("id") == number:
                result: dict[str, Any] = answer["result"]
                return result

    async def usable_after(self, address: str) -> float:
        """Milliseconds from the navigation until the view can be used, in a profile of its own."""
        profile = (await self.ask("Target.createBrowserContext"))["browserContextId"]
        target = await self.ask(
            "Target.createTarget", url="about:blank", browserContextId=profile, width=1440, height=900
        )
        attached = await self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        session = attached["sessionId"]
        await self.ask("Page.enable", session)
        await self.ask("Page.addScriptToEvaluateOnNewDocument", session, source=WATCH)
        await asyncio.sleep(0.3)  # a window that is just being made is not yet somebody's
        await self.ask("Page.navigate", session, url=address)
        found = 0.0
        while not found:
            await asyncio.sleep(0.5)  # not in between: asking costs the page time
            read = await self.ask("Runtime.evaluate", session, expression="window.usableAt ?? 0")
            found = float(read["result"]["value"])
        await self.ask("Target.disposeBrowserContext", browserContextId=profile)
        return found


async def measure(url: str, socket: str, repeats: int) -> None:
    async with connect(socket, max_size=None) as connection:
        browser = Browser(connection)
        await browser.usable_after(url)  # the first of all pays for the browser's own start
        for view in VIEWS:
            times = sorted([await browser.usable_after(url.rstrip("/") + view) for _ in range(repeats)])
            print(f"{view:24}{statistics.median(times):8.0f}{times[0]:8.0f}{times[-1]:8.0f}   ms")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("--repeats", type=int, default=9)
    asked = parser.parse_args()
    executable = next(found for name in BROWSERS if (found := shutil.which(name)))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        arguments = ["--no-sandbox", "--disable-gpu", "--mute-audio", "--disable-background-networking"]
        started = [executable, *arguments, "--remote-debugging-port=0", f"--user-data-dir={profile}"]
        with subprocess.Popen(started, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            socket = next(found[0] for line in process.stderr if (found := re.search(r"ws://\S+", line)))
            print(f"{'view':24}{'usable':>8}{'least':>8}{'most':>8}")
            asyncio.run(measure(asked.url, socket, asked.repeats))
            process.terminate()


if __name__ == "__main__":
    main()
