"""Whether two files hold the same sound: their packets as the container has them, and how they decode."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelscore.audio.container import open_container, packets_of, sound_stream
from reelscore.children import in_child
from reelscore.errors import UnreadableMediaError
from reelscore.limits import SOUND

if TYPE_CHECKING:
    from av.packet import Packet

_DECODED = 100  # packets: enough to use every header of the codec


@in_child(SOUND)
def sound_fingerprint(path: Path) -> str:
    """A hash, hex, of every packet of the sound with its time, and of the first seconds decoded.

    Raises
    ------
    MediaError
        The file cannot be read as sound.
    """
    import av

    digest = hashlib.sha256()
    try:
        with open_container(path) as container:
            stream = sound_stream(container, path)
            codec = stream.codec_context
            digest.update(f"{codec.name} {codec.sample_rate} {codec.layout.name} {stream.time_base}".encode())
            for count, packet in enumerate(packets_of(container, stream)):
                digest.update(f"{packet.pts} {packet.duration} {packet.size}".encode())
                digest.update(bytes(packet))
                if count < _DECODED:
                    digest.update(_decoded(packet))
    except (av.FFmpegError, ValueError) as error:
        raise UnreadableMediaError(f"{path} cannot be read as sound: {error}") from error
    return digest.hexdigest()


def _decoded(packet: Packet[Any]) -> bytes:
    """The sound of a packet; what it says if there is none in it, such as tags at the end of an MP3."""
    import av

    try:
        return b"".join(frame.to_ndarray().tobytes() for frame in packet.decode())
    except av.FFmpegError as error:
        return str(error.errno).encode()
