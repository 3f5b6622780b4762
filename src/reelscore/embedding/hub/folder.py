"""Models on disk: which are complete, and are their files the ones that were put there.

A model is a folder `<models>/<checkpoint>/<precision>` with its parts and a `model.json` that lists their
sizes and checksums. The folder is filled under another name and renamed when everything is there and
checked, so what has this name is complete; a `model.json` that does not fit its files makes it damaged.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from reelscore.embedding.hub.models import (
    KNOWN_MODELS,
    PRECISIONS,
    REFUSED_MODELS,
    HubModel,
    Precision,
    described_model,
    find_model,
    full_name,
)
from reelscore.errors import ConfigurationError, MediaNotFoundError, ModelError
from reelscore.files import flush, hash_file

MANIFEST = "model.json"
CHECK = "check.json"
_STAGING = ".partial"


@dataclass(frozen=True, slots=True)
class PartFile:
    """Size and checksum of one part of an installed model."""

    size: int  # bytes
    sha256: str  # hex


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A complete model in the model folder."""

    model: HubModel
    precision: Precision
    folder: Path
    parts: Mapping[str, PartFile]
    revision: str = ""  # of its repository, as it was pulled

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(part.size for part in self.parts.values())

    @property
    def fingerprint(self) -> str:
        """Stands for the content of every part: SHA-256, hex."""
        listed = "\n".join(f"{name} {part.sha256}" for name, part in sorted(self.parts.items()))
        return hashlib.sha256(listed.encode()).hexdigest()

    def path(self, part: str) -> Path:
        """Where a part lies."""
        return self.folder / part

    def verify(self, part: str) -> Path:
        """The path of a part, after its SHA-256 was compared with the manifest.

        Raises
        ------
        ModelError
            The file is missing, or is not the one that was put there.
        """
        path, wanted = self.path(part), self.parts[part]
        try:
            if hash_file(path) == wanted.sha256:
                return path
        except MediaNotFoundError as error:
            raise ModelError(f"{error}; {_mend(self)}") from error
        raise ModelError(f"{path} is damaged: it is not the file that was installed; {_mend(self)}")

    def read_check(self) -> dict[str, Any] | None:
        """What `write_check` stored for exactly these files; None if there is nothing."""
        try:
            stored: dict[str, Any] = json.loads((self.folder / CHECK).read_text(encoding="utf-8"))
            return stored if stored.get("files") == self.fingerprint else None
        except (OSError, ValueError, AttributeError):
            return None

    def write_check(self, figures: Mapping[str, Any]) -> None:
        """Remember the outcome of a check beside the files; a folder that cannot be written is no error."""
        stored = {**figures, "files": self.fingerprint}
        target = self.folder / CHECK
        fresh = target.with_name(f"{CHECK}.{os.getpid()}")
        try:
            fresh.write_text(json.dumps(stored, indent=2), encoding="utf-8")
            fresh.replace(target)
        except OSError:
            fresh.unlink(missing_ok=True)  # the check runs again in the next process


def model_folder(models: Path, name: str, precision: Precision) -> Path:
    """Where a model is, or would be."""
    return models / folder_name(name) / precision


def folder_name(name: str) -> str:
    """A checkpoint's name as the name of a folder: its owner is kept unless the checkpoint is a known one."""
    name = full_name(name)
    plain = name.split("/")[-1] if name in KNOWN_MODELS else name.replace("/", "--")
    if (
        not plain
        or plain.startswith(".")
        or not all(c.isascii() and (c.isalnum() or c in "._-") for c in plain)
    ):
        raise ConfigurationError(
            f"{name!r} is no name of a model; write it as OWNER/NAME, such as laion/clap-htsat-unfused"
        )
    return plain


def open_model(models: Path, name: str, precision: Precision) -> InstalledModel:
    """The installed model of this name.

    Raises
    ------
    ModelError
        It is not installed (the message says how to get it), or its list of files is damaged.
    """
    folder = model_folder(models, name, precision)
    if not (folder / MANIFEST).is_file():
        known = full_name(name)
        verb = "pull" if known in KNOWN_MODELS else "export"
        option = "" if precision == "fp32" else f" --precision {precision}"
        raise ModelError(
            f"the model {known} ({precision}) is not in {models}; get it with "
            f"`reelscore models {verb} {known}{option}`"
        )
    return read_manifest(folder)


def is_installed(models: Path, name: str, precision: Precision | None = None) -> bool:
    """Whether the model is complete in the model folder, in this precision or in any."""
    wanted = PRECISIONS if precision is None else (precision,)
    return any((model_folder(models, name, which) / MANIFEST).is_file() for which in wanted)


def choose_model(models: Path, name: str, precision: Precision | None = None) -> InstalledModel:
    """The installed model of this name; without a precision fp32, or int8 if only that is there."""
    if full_name(name) in REFUSED_MODELS:
        find_model(name)  # raises, with the reason
    if precision is None:
        only_int8 = is_installed(models, name, "int8") and not is_installed(models, name, "fp32")
        precision = "int8" if only_int8 else "fp32"
    return open_model(models, name, precision)


def installed_models(models: Path) -> list[InstalledModel]:
    """Every complete model of a model folder, in the order of their names; damaged ones are left out."""
    found = []
    for manifest in sorted(models.glob(f"*/*/{MANIFEST}")):
        if manifest.parent.name in PRECISIONS:
            try:
                found.append(read_manifest(manifest.parent))
            except ModelError:
                continue
    return found


def read_manifest(folder: Path) -> InstalledModel:
    """Read the list of files of a model; the files themselves are not looked at (see `verify`)."""
    path = folder / MANIFEST
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        name, precision, revision = str(values["name"]), values["precision"], str(values["revision"])
        dim, rate = int(values["dim"]), values["sample_rate"]
        described = described_model(name, dim, None if rate is None else int(rate))
        model = KNOWN_MODELS.get(name, described)
        parts = {part: PartFile(**values["parts"][part]) for part in model.parts}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path} is missing or damaged; remove {folder} and get the model again") from error
    if precision not in PRECISIONS:
        raise ModelError(f"{path} names a precision {precision!r} that is not known here")
    return InstalledModel(model, precision, folder, parts, revision)


class Staging:
    """A folder in which a model grows until it is complete.

    It survives an interrupted run, so the next one goes on with the files that are finished.
    """

    def __init__(self, models: Path, model: HubModel, precision: Precision) -> None:
        self.target = model_folder(models, model.name, precision)
        self.folder = self.target.with_name(precision + _STAGING)
        self._model = model
        self._precision = precision
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"the model folder {models} cannot be written: {error.strerror}"
            ) from error

    def finish(self, *, revision: str) -> InstalledModel:
        """List the parts in `model.json` and give the folder its name. Every part must be there."""
        parts = {
            name: PartFile((self.folder / name).stat().st_size, hash_file(self.folder / name))
            for name in self._model.parts
        }
        values = {
            "name": self._model.name,
            "precision": self._precision,
            "dim": self._model.dim,
            "sample_rate": self._model.sample_rate,
            "revision": revision,
            "parts": {name: asdict(part) for name, part in parts.items()},
        }
        for other in self.folder.iterdir():
            if other.is_dir():
                shutil.rmtree(other)
            elif other.name not in parts:
                other.unlink()
        for name in parts:
            flush(self.folder / name)
        manifest = self.folder / MANIFEST
        manifest.write_text(json.dumps(values, indent=2), encoding="utf-8")
        flush(manifest)
        if self.target.exists():  # a damaged one, which nobody can use
            shutil.rmtree(self.target)
        self.folder.rename(self.target)
        installed = read_manifest(self.target)
        return replace(installed, model=self._model)


def remove_model(models: Path, name: str, precision: Precision) -> int:
    """Delete a model, also a half-downloaded one; returns the bytes that were freed."""
    target = model_folder(models, name, precision)
    freed = 0
    for folder in (target, target.with_name(precision + _STAGING)):
        if folder.is_dir():
            freed += sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            shutil.rmtree(folder)
    if target.parent.is_dir() and not any(target.parent.iterdir()):
        target.parent.rmdir()
    return freed


def _mend(installed: InstalledModel) -> str:
    option = "" if installed.precision == "fp32" else f" --precision {installed.precision}"
    verb = "pull" if installed.model.repository else "export"
    return f"mend it with `reelscore models {verb} {installed.model.name}{option}`"
