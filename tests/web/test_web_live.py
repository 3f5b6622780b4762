"""A live set in a real browser, whose camera is a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import pytest

from conftest import launched
from reelscore.config import Settings
from reelscore.wiring import Wiring
from serving import serve

sys.path.append(str(Path(__file__).parent.parent / "live"))
from drawn_stream import CALM, Scene, drawn

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser with a camera, as `web/conftest.py` has one without."""
    camera = tmp_path_factory.mktemp("camera") / "camera.y4m"
    with av.open(str(camera), "w", format="yuv4mpegpipe") as container:
        stream = container.add_stream("wrapped_avframe", rate=10, width=64, height=36, pix_fmt="yuv420p")
        for number, (_, image) in enumerate(drawn([Scene(4.0, **CALM)], every=2)):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    given = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    file = f"--use-file-for-fake-video-capture={camera}"
    with launched(*given, file) as found:
        yield found


@pytest.mark.parametrize("root", ["", "/studio/music"])
def test_a_camera_gets_music_that_can_be_held_and_silenced(
    demo_library_home: Path, open_page: Callable[..., Any], root: str
) -> None:
    wiring = Wiring(Settings(home=demo_library_home, root_path=root))
    with serve(wiring) as address:
        page = open_page(f"{address}{root}/live")
        sockets: list[str] = []
        page.on("websocket", lambda socket: sockets.append(urlsplit(socket.url).path))
        page.evaluate(
            "() => { const start = AudioBufferSourceNode.prototype.start;"
            " AudioBufferSourceNode.prototype.start = function (...given) {"
            " document.body.dataset.started = 'yes'; return start.apply(this, given); }; }"
        )
        page.check("#live-sound")
        page.get_by_role("button", name="Camera").click()
        page.locator(".live-mood", has_text="peaceful").wait_for()
        page.locator(".live-lines li", has_text="0:0").first.wait_for()
        page.wait_for_selector("body[data-started=yes]")
        page.keyboard.press("h")
        assert page.get_by_role("button", name="Follow again").get_attribute("aria-pressed") == "true"
        page.keyboard.press("Escape")
        assert page.get_by_role("button", name="Music again").get_attribute("aria-pressed") == "true"
        page.get_by_role("button", name="Stop").click()
        assert page.get_by_role("button", name="Camera").is_enabled()
        assert page.evaluate("document.querySelector('video').srcObject") is None
        assert sockets and all(path.startswith(f"{root}/api/") for path in sockets)
    wiring.close()
