"""Messages between a process and its child: pickles over a socket, arrays beside them without a copy."""

from __future__ import annotations

import pickle
import select
import socket
import struct
import threading
from typing import Any

_COUNT = struct.Struct("<Q")
# Between two processes of one machine, in the midst of a message: whoever falls silent this long is gone.
_SECONDS = 60.0


def readable(descriptor: int, seconds: float) -> bool:
    """Wait until a file can be read, or has come to its end, for some seconds at most."""
    waiting = select.poll()  # `select.select` takes no descriptor from 1024 on, which busy servers have
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(1000.0 * seconds))


class Channel:
    """One end of the connection."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._sending = threading.Lock()  # several threads may tell how far they are
        end.settimeout(_SECONDS)

    def send(self, message: Any) -> None:
        """Send an object that can be pickled; OSError if nobody is there."""
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
        parts = [memoryview(head), *(buffer.raw() for buffer in buffers)]
        sizes = struct.pack(f"<{len(parts)}Q", *(part.nbytes for part in parts))
        with self._sending:
            self._socket.sendall(_COUNT.pack(len(parts)) + sizes)
            for part in parts:
                self._socket.sendall(part)

    def receive(self) -> Any:
        """The next message; EOFError or OSError if the other end is gone."""
        (count,) = _COUNT.unpack(self._read(_COUNT.size))
        sizes = struct.unpack(f"<{count}Q", self._read(8 * count))
        head, *buffers = [self._read(size) for size in sizes]
        return pickle.loads(head, buffers=buffers)

    def ready(self, seconds: float) -> bool:
        """Wait some seconds at most for something to receive; the end of the other side counts."""
        return readable(self._socket.fileno(), seconds)

    def be_patient(self) -> None:
        """Wait for the other end as long as it is there."""
        self._socket.settimeout(None)

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _read(self, size: int) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            count = self._socket.recv_into(view)
            if not count:
                raise EOFError
            view = view[count:]
        return data
