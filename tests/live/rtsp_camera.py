"""A camera that speaks RTSP (RFC 7826's older form, RFC 2326) over one TCP connection, for one viewer.

It has the H.264 (RFC 6184, one NAL unit a packet) and AAC (RFC 3640) of an MPEG transport stream, and plays
them once.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

import av

_SPEED = 4.0
_VIDEO, _SOUND = 96, 97  # payload types
_ADTS_BYTES = 7
_SDP = "\r\n".join(
    (
        "v=0",
        "o=- 0 0 IN IP4 127.0.0.1",
        "s=camera",
        "t=0 0",
        f"m=video 0 RTP/AVP {_VIDEO}",
        f"a=rtpmap:{_VIDEO} H264/90000",
        "a=control:0",
        f"m=audio 0 RTP/AVP {_SOUND}",
        f"a=rtpmap:{_SOUND} mpeg4-generic/16000/1",
        # AAC-LC, 16 kHz, mono.
        f"a=fmtp:{_SOUND} mode=AAC-hbr;config=1408;sizelength=13;indexlength=3;indexdeltalength=3",
        "a=control:1",
        "",
    )
)


@contextmanager
def camera(film: Path) -> Iterator[str]:
    """The address of a camera that shows a film."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, film), daemon=True)
        thread.start()
        yield f"rtsp://127.0.0.1:{server.getsockname()[1]}/film"
    thread.join(10.0)


def _serve(server: socket.socket, film: Path) -> None:
    viewer, _ = server.accept()
    with viewer, viewer.makefile("rb") as asked:
        while (method := _answer(viewer, asked)) not in ("PLAY", ""):
            pass
        if method == "PLAY":
            for packet in _packets(film):
                viewer.sendall(packet)


def _answer(viewer: socket.socket, asked: BufferedReader) -> str:
    lines = []
    while line := asked.readline().decode().strip():
        lines.append(line)
    if not lines:
        return ""
    method, target, _ = lines[0].split()
    number = next(line.split(":")[1].strip() for line in lines if line.lower().startswith("cseq"))
    more, body = ["Session: 1"], ""
    if method == "DESCRIBE":
        more, body = [f"Content-Base: {target}/", "Content-Type: application/sdp"], _SDP
    elif method == "SETUP":
        more.append(next(line for line in lines if line.startswith("Transport")))
    head = ["RTSP/1.0 200 OK", f"CSeq: {number}", *more, f"Content-Length: {len(body)}", "", body]
    viewer.sendall("\r\n".join(head).encode())
    return method


def _packets(film: Path) -> Iterator[bytes]:
    """Interleaved packets in the time of the film, `_SPEED` times as fast."""
    begin, numbers = time.monotonic(), [0, 0]
    with av.open(str(film)) as container:
        first = None
        for packet in container.demux():
            if packet.pts is None:
                continue
            at = float(packet.pts * packet.time_base)
            first = at if first is None else first
            time.sleep(max(0.0, (at - first) / _SPEED - (time.monotonic() - begin)))
            if packet.stream.type == "video":
                units = [unit for unit in re.split(b"\x00\x00\x00?\x01", bytes(packet)) if unit]
                parts, channel, kind, clock = units, 0, _VIDEO, 90_000
            else:
                sound = bytes(packet)[_ADTS_BYTES:]
                parts = [struct.pack(">HH", 16, len(sound) << 3) + sound]
                channel, kind, clock = 1, _SOUND, 16_000
            for place, part in enumerate(parts):
                marked = 0x80 if place == len(parts) - 1 else 0
                stamp = round(at * clock) & 0xFFFFFFFF
                number = numbers[channel] & 0xFFFF
                head = struct.pack(">BBHII", 0x80, marked | kind, number, stamp, 1 + channel)
                numbers[channel] += 1
                yield struct.pack(">cBH", b"$", 2 * channel, len(head) + len(part)) + head + part
