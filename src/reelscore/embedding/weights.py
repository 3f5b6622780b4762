"""The bundled artefacts: what each file is, and reading it with its checksum verified."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from reelscore.errors import ModelError, UnknownNameError

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file of a bundled model."""

    name: str  # of the file
    size: int  # bytes
    sha256: str  # hex
    licence: str  # SPDX identifier
    origin: str  # what it was built from


def artefact_folder() -> Traversable:
    """The folder of the package that holds the artefacts."""
    return files("reelscore.embedding") / "artefacts"


def read_manifest(folder: Traversable | None = None) -> dict[str, Artefact]:
    """Every artefact by file name, as the manifest lists them.

    Raises
    ------
    ModelError
        The manifest is missing or damaged.
    """
    path = (folder or artefact_folder()) / MANIFEST
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return {name: Artefact(name=name, **entry) for name, entry in entries.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(
            f"the list of bundled models {path} is missing or damaged; install reelscore again"
        ) from error


def read_artefact(name: str, *, folder: Traversable | None = None) -> bytes:
    """The bytes of one artefact, after its size and SHA-256 were compared with the manifest.

    Parameters
    ----------
    name
        File name, as in the manifest.
    folder
        Where to read; None is the package's own folder.

    Raises
    ------
    UnknownNameError
        The manifest has no such file.
    ModelError
        The file is missing, or is not the one that was built.
    """
    manifest = read_manifest(folder)
    if name not in manifest:
        raise UnknownNameError("model file", name, manifest)
    path = (folder or artefact_folder()) / name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"the bundled model file {path} cannot be read; install reelscore again") from error
    wanted = manifest[name]
    if len(data) != wanted.size or hashlib.sha256(data).hexdigest() != wanted.sha256:
        raise ModelError(
            f"the bundled model file {path} is damaged: its SHA-256 is not {wanted.sha256[:12]}...; "
            "install reelscore again"
        )
    return data
