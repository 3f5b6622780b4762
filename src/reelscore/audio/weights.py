"""The weights of the bundled beat networks, read with their checksum verified."""

from __future__ import annotations

import hashlib
import io
from importlib import resources

import numpy as np

from reelscore.errors import ModelError
from reelscore.records import FloatArray


def read_weights(name: str, sha256: str) -> dict[str, FloatArray]:
    """Array name -> array, of one file of `audio/artefacts`, as it is stored.

    Raises
    ------
    ModelError
        The file is missing or damaged.
    """
    found = resources.files("reelscore.audio") / "artefacts" / name
    try:
        content = found.read_bytes()
    except OSError as error:
        raise ModelError(f"the beat network {name} is missing; install reelscore again") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(f"the beat network {name} is damaged; install reelscore again")
    with np.load(io.BytesIO(content)) as stored:
        return {part: stored[part] for part in stored.files}
