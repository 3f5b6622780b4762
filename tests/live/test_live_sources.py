"""Sources of a picture that is still coming, with real senders on loopback; and what is refused."""

from __future__ import annotations

import http.server
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from drawn_stream import CALM, DARK, Scene, drawn
from rtsp_camera import camera

from reelscore.errors import (
    ConfigurationError,
    InvalidInputError,
    MediaNotFoundError,
    SourceError,
    UnreadableMediaError,
)
from reelscore.live import feeding
from reelscore.live.feeding import Feed
from reelscore.live.hls import hls_pieces, read_playlist
from reelscore.live.inputs import Heard, Picture, Source, StreamClock, pieces_of, read_source
from reelscore.live.looking import Watcher

HERE = frozenset({"127.0.0.1"})
CUT = 2.0


def write_film(target: str, *, form: str | None = None, options: dict[str, str] | None = None) -> None:
    """Four seconds of picture with a cut at two, and a tone."""
    with av.open(target, "w", format=form, options=options or {}) as container:
        video = container.add_stream("libx264", rate=25, width=128, height=72, pix_fmt="yuv420p")
        video.options = {"preset": "ultrafast", "g": "25", "tune": "zerolatency"}
        sound = container.add_stream("aac", rate=16000, layout="mono")
        tone = (0.2 * np.sin(np.arange(1024) * 0.2)).astype(np.float32)
        heard = 0
        for index, (time, image) in enumerate(drawn([Scene(CUT, **DARK), Scene(2.0, **CALM)])):
            frame = av.VideoFrame.from_ndarray(image.repeat(2, 0).repeat(2, 1), format="rgb24")
            frame.pts = index
            container.mux(video.encode(frame))
            while heard / 16000 < time:
                piece = av.AudioFrame.from_ndarray(tone[None], format="fltp", layout="mono")
                piece.sample_rate, piece.pts = 16000, heard
                container.mux(sound.encode(piece))
                heard += 1024
        container.mux(video.encode(None))
        container.mux(sound.encode(None))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("film")
    write_film(str(folder / "film.ts"), form="mpegts")
    write_film(str(folder / "film.m3u8"), form="hls", options={"hls_time": "1", "hls_list_size": "0"})
    return folder / "film.ts"


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def http_server(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", "/film.ts")
                self.end_headers()
            else:
                super().do_GET()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def seen_of(source: Source) -> tuple[list[Picture], list[Heard]]:
    pieces = list(pieces_of(source, HERE))
    return [one for one in pieces if isinstance(one, Picture)], [
        one for one in pieces if isinstance(one, Heard)
    ]


def cut_of(pictures: list[Picture]) -> float:
    watcher = Watcher(25)
    told = [cut for one in pictures for cut in watcher.add(one.time, one.image)]
    return next(cut.time for cut in told if cut.state == "certain")


def check(pictures: list[Picture], heard: list[Heard]) -> None:
    assert len(pictures) == pytest.approx(100, abs=4)
    assert cut_of(pictures) - pictures[0].time == pytest.approx(CUT, abs=0.1)
    assert sum(len(one.samples) for one in heard) / 16_000 == pytest.approx(4.0, abs=0.4)
    assert [one.time for one in pictures] == sorted(one.time for one in pictures)


@pytest.mark.parametrize("name", ["film.ts", "film.m3u8"])
def test_an_http_address_is_read(film: Path, name: str) -> None:
    with http_server(film.parent) as address:
        check(*seen_of(read_source(f"{address}/{name}", HERE)))


def test_a_camera_is_read_over_rtsp(film: Path) -> None:
    with camera(film) as address:
        check(*seen_of(read_source(address, HERE)))


def send(film: Path, address: str, form: str) -> subprocess.Popen[bytes]:
    """A sender in a process of its own, in real time, as cameras are."""
    command = ["ffmpeg", "-v", "error", "-readrate", "4", "-i", str(film), "-c", "copy", "-f", form, address]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("scheme", "path", "asked", "form"),
    [
        ("tcp", "", "?listen=1", "mpegts"),
        ("udp", "", "", "mpegts"),
        ("rtmp", "/live", "?listen=1", "flv"),
    ],
)
def test_a_stream_from_a_sender_is_read(film: Path, scheme: str, path: str, asked: str, form: str) -> None:
    port = free_port(socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM)
    address = f"{scheme}://127.0.0.1:{port}{path}"
    source = read_source(f"{address}{asked}", HERE)
    pictures: list[Picture] = []
    begun = threading.Event()

    def sender() -> None:
        begun.wait()
        for _ in range(50):  # until somebody listens
            process = send(film, address, form)
            if process.wait() == 0:
                return

    thread = threading.Thread(target=sender, daemon=True)
    thread.start()
    begun.set()
    for piece in pieces_of(source, HERE):
        pictures += [piece] if isinstance(piece, Picture) else []
        if len(pictures) == 70:
            break
    assert cut_of(pictures) > 0.0
    thread.join()


def test_a_pipe_is_read(film: Path) -> None:
    code = (
        "from reelscore.live.inputs import *\n"
        "none = frozenset()\n"
        "print(sum(isinstance(one, Picture) for one in pieces_of(read_source('-', none), none)))"
    )
    with film.open("rb") as file:
        done = subprocess.run([sys.executable, "-c", code], stdin=file, capture_output=True, check=True)
    assert int(done.stdout) == pytest.approx(100, abs=4)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("http://10.0.0.1/x.ts", ConfigurationError),
        ("rtsp://camera.local/1", ConfigurationError),
        ("srt://:9000?mode=listener", ConfigurationError),
        ("concat://127.0.0.1", InvalidInputError),
        ("file://127.0.0.1/etc/passwd", InvalidInputError),
        ("v4l2:", InvalidInputError),
        ("/nowhere/film.mp4", MediaNotFoundError),
    ],
)
def test_what_may_not_be_read_is_refused(name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_source(name, HERE)


def test_segments_come_from_allowed_hosts_only(film: Path, tmp_path: Path) -> None:
    (tmp_path / "far.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nhttp://192.0.2.1/0.ts\n#EXT-X-ENDLIST\n")
    # A playlist under another name would be followed by FFmpeg itself.
    (tmp_path / "film.mp4").write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")
    (tmp_path / "film.ts").write_bytes(film.read_bytes())
    with http_server(tmp_path) as address:
        for name in ("far.m3u8", "film.mp4", "away"):
            with pytest.raises((SourceError, ConfigurationError)):
                list(pieces_of(read_source(f"{address}/{name}", HERE), HERE))


def test_no_secret_of_an_address_is_shown() -> None:
    source = read_source("rtsp://me:secret@127.0.0.1:554/1?token=secret", HERE)
    assert source.shown == "rtsp://127.0.0.1:554/1"


@pytest.mark.parametrize("scheme", ["rtsp", "tcp"])
def test_no_secret_is_told_of_an_address_that_cannot_be_opened(scheme: str) -> None:
    address = f"{scheme}://me:secret@127.0.0.1:{free_port()}/1?token=secret"
    with pytest.raises(SourceError, match="Connection refused") as caught:
        list(pieces_of(read_source(address, HERE), HERE))
    assert "secret" not in str(caught.value)


def test_a_playlist_is_read() -> None:
    master = (
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900\nbig.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=90\nsmall.m3u8\n"
    )
    assert read_playlist(master, "http://a/x/top.m3u8").variant == "http://a/x/small.m3u8"
    media = '#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:2,\na.m4s\n/b.m4s\n'
    found = read_playlist(media, "http://a/x/m.m3u8")
    assert found.segments == ((7, "http://a/x/a.m4s"), (8, "http://a/b.m4s"))
    assert found.begins == "http://a/x/init.mp4"
    for bad in ("<html>", "", "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=k\nx.ts\n"):
        with pytest.raises(SourceError):
            read_playlist(bad, "http://a/")


def test_a_live_playlist_is_followed_from_its_end() -> None:
    states = iter(["1 2 3 4 5", "3 4 5 6", "6 7"])
    text = {"now": ""}

    def fetch(url: str) -> Iterator[bytes]:
        if url.endswith(".m3u8"):
            numbers = next(states, None)
            names = "\n".join(f"{one}.ts" for one in (numbers or "7").split())
            over = "" if numbers else "\n#EXT-X-ENDLIST"
            text["now"] = f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:{names.split('.')[0]}\n{names}{over}\n"
            yield text["now"].encode()
        else:
            yield url.rsplit("/", 1)[1].encode()

    pieces = list(hls_pieces("http://a/m.m3u8", fetch, pause=lambda seconds: None))
    assert pieces == [f"{number}.ts".encode() for number in (3, 4, 5, 6, 7)]


def test_a_source_that_is_gone_is_tried_again(film: Path) -> None:
    events: list[dict[str, object]] = []
    times: list[float] = []
    with http_server(film.parent) as address:
        feed = Feed(
            read_source(f"{address}/film.ts", HERE),
            HERE,
            speed=0,
            on_event=lambda one: events.append(dict(one)),
            wait=0.01,
        )
        for piece in feed:
            times += [piece.time] if isinstance(piece, Picture) else []
            if len(times) > 250:  # of 100 in the film
                break
        feed.stop()
    states = [event["state"] for event in events]
    assert states[:4] == ["open", "gone", "open", "gone"]
    assert events[1]["again_in"] == 0.01
    assert times[:100] == sorted(times[:100])


def test_a_source_whose_process_was_ended_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[float] = []

    def stream(
        function: object, source: Source, hosts: object, begin: float, views: bool, **_: object
    ) -> Iterator[Picture]:
        opened.append(begin)
        yield Picture(begin, np.zeros((36, 64, 3), np.uint8))
        raise UnreadableMediaError(f"{source.shown}: the process that read it was ended (SIGSEGV)")

    monkeypatch.setattr(feeding, "stream_from_child", stream)
    events: list[dict[str, object]] = []
    feed = Feed(
        Source("udp://127.0.0.1:9", "address"), HERE, on_event=lambda one: events.append(dict(one)), wait=0.01
    )
    for piece in feed:
        if piece is not None and len(opened) == 2:
            break
    feed.stop()
    assert opened[0] == 0.0 < opened[1]
    assert [event["state"] for event in events][:3] == ["open", "gone", "open"]
    assert "SIGSEGV" in str(events[1]["why"])
    film = Feed(Source("film.mp4", "file"), HERE, speed=0)
    with pytest.raises(UnreadableMediaError, match="SIGSEGV"):
        list(film)


def test_what_is_late_is_dropped(film: Path) -> None:
    feed = Feed(read_source(str(film), HERE), HERE, speed=1000.0)
    pictures = [piece for piece in feed if isinstance(piece, Picture)]
    assert len(pictures) + feed.late == pytest.approx(100, abs=4)
    slow = Feed(read_source(str(film), HERE), HERE, speed=1.0)
    slow._is_late = lambda came: True  # type: ignore[method-assign]  # a reader that is always behind
    slow._speed = 1e9
    assert not [piece for piece in slow if isinstance(piece, Picture)]
    assert slow.late > 90


STAMPS: list[tuple[list[float | None], list[float]]] = [
    ([100.0, 100.04, 100.08], [0.0, 0.04, 0.08]),
    ([0.0, None, None, 0.12], [0.0, 0.04, 0.08, 0.12]),
    ([5.0, 5.04, 95.0, 95.04], [0.0, 0.04, 0.08, 0.12]),
    ([9.0, 9.04, 0.0, 0.04], [0.0, 0.04, 0.08, 0.12]),
    ([1.0, 1.08, 1.04], [0.0, 0.08, 0.08]),
]


@pytest.mark.parametrize(("stamps", "times"), STAMPS)
def test_time_never_falls_whatever_the_stamps_say(stamps: list[float | None], times: list[float]) -> None:
    clock = StreamClock()
    assert [clock.time_of(stamp, 0.04) for stamp in stamps] == pytest.approx(times, abs=1e-6)


def test_a_webhook_receives_events(tmp_path: Path) -> None:
    from reelscore.live.sending import Webhook

    received: list[bytes] = []
    problems: list[str] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"

    def send_all(trusted: frozenset[str]) -> None:
        hook = Webhook(address, trusted, problems.append)
        hook.send({"event": "mood", "mood": "calm"})
        hook.close(60.0)

    send_all(HERE)
    assert received == [b'{"event": "mood", "mood": "calm"}']
    send_all(frozenset())
    server.shutdown()
    server.server_close()
    assert len(received) == 1
    assert "not on the public internet" in problems[0]
