"""The models of a model folder, CLAP, CLIP and joint ones: list, pull, remove, test and export them.

These are functions over a folder and need no library, so a model can be pulled before there is one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelscore.embedding.clap.check import CheckReport, check_installed, recorded_check
from reelscore.embedding.hub.download import Hub, RemoteFile
from reelscore.embedding.hub.folder import (
    MANIFEST,
    InstalledModel,
    Staging,
    choose_model,
    folder_name,
    installed_models,
    model_folder,
    open_model,
    read_manifest,
    remove_model,
)
from reelscore.embedding.hub.models import (
    DEFAULT_MODEL,
    KNOWN_MODELS,
    PRECISIONS,
    REFUSED_MODELS,
    HubFile,
    HubModel,
    Precision,
    find_model,
    full_name,
    require_extra,
)
from reelscore.embedding.tunings import read_tuning, tuned_folders
from reelscore.errors import ModelError, UnknownNameError
from reelscore.records import Progress, ProgressCallback, ignore_progress

_MB = 1e6


@dataclass(frozen=True, slots=True)
class Pulled:
    """How a pull ended."""

    installed: InstalledModel
    downloaded: int  # bytes that came over the network this time
    already_there: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            **_describe(self.installed),
            "downloaded": self.downloaded,
            "already_there": self.already_there,
        }


def list_models(models: Path, *, default: str = DEFAULT_MODEL) -> list[dict[str, Any]]:
    """Every known model and every installed one by name, and those that were tuned on music of one's own."""
    found = {(item.model.name, item.precision): item for item in installed_models(models)}
    known = {(model.name, which): model for model in KNOWN_MODELS.values() for which in model.precisions}
    rows = []
    for name, precision in sorted(known.keys() | found.keys()):
        installed = found.get((name, precision))
        if installed is not None:
            row = _describe(installed)
        else:
            row = _facts(known[name, precision], precision)
            row["size"] = known[name, precision].size(precision)
            row["state"] = "partly downloaded" if _is_partial(models, name, precision) else "not installed"
        row["default"] = name == full_name(default)
        rows.append(row)
    return rows + [_tuned_row(folder) for folder in tuned_folders(models).values()]


def pull_model(
    models: Path,
    name: str = DEFAULT_MODEL,
    precision: Precision = "fp32",
    progress: ProgressCallback = ignore_progress,
) -> Pulled:
    """Download a known model into the model folder, going on where an earlier pull stopped.

    What is complete and intact is left as it is; a damaged file is fetched again. Files that the hub's own
    cache under HF_HOME has are copied from there.

    Parameters
    ----------
    progress
        Told the megabytes that are here, of how many.

    Raises
    ------
    UnknownNameError
        No model or precision of this name is known.
    ModelError
        The model is known not to work, the hub cannot be reached, the disk is full, or what came is damaged.
    ConfigurationError
        The extra `clap` is not installed, or the model folder cannot be written.
    CancelledError
        `progress` asked to stop; what came is kept.
    """
    _check_precision(precision)
    if full_name(name) not in KNOWN_MODELS and full_name(name) not in REFUSED_MODELS:
        raise UnknownNameError(
            "model (other CLAP ones come by `reelscore models export`)", name, KNOWN_MODELS
        )
    model = find_model(name)
    if precision not in model.precisions:
        raise UnknownNameError(f"precision of {model.name}", precision, model.precisions)
    intact = _intact_parts(models, model, precision)
    if len(intact) == len(model.parts):
        return Pulled(open_model(models, model.name, precision), downloaded=0, already_there=True)
    hub = Hub()
    with _alone(models, model, precision) as staging:
        for part, path in intact.items():  # of a damaged model: its good files need not come again
            shutil.copyfile(path, staging.folder / part)
        wanted = {
            part: file
            for part, file in model.files[precision].items()
            if part not in intact and not _is_finished(staging.folder / part, file)
        }
        downloaded, revision = _fetch(hub, model, wanted, staging.folder, progress)
        return Pulled(staging.finish(revision=revision or model.revision), downloaded)


def delete_model(models: Path, name: str, precision: Precision | None = None) -> int:
    """Delete an installed, tuned or half-downloaded model, in one or all precisions; the bytes freed.

    Raises
    ------
    ModelError
        There is nothing of this name in the model folder.
    """
    if precision is not None:
        _check_precision(precision)
    if name in (tuned := tuned_folders(models)):
        return _remove_tuned(tuned[name])
    freed = [remove_model(models, name, which) for which in ([precision] if precision else PRECISIONS)]
    if not any(freed):
        present = sorted({item.model.name for item in installed_models(models)}) or ["none"]
        raise ModelError(f"there is no model {full_name(name)} in {models}; installed: {', '.join(present)}")
    return sum(freed)


def check_model(
    models: Path,
    name: str = DEFAULT_MODEL,
    precision: Precision | None = None,
) -> dict[str, Any]:
    """Verify the files of an installed model, and whether it tells texts apart and something from noise.

    Returns
    -------
    dict
        "ok", the figures with their limits, and "problem": why it cannot be used, or None.

    Raises
    ------
    ModelError
        The model is not installed, or a file is damaged.
    """
    installed = choose_model(models, name, precision)
    require_extra(installed.model)
    report = check_installed(installed)
    text_limit, noise_limit = report.limits
    installed.write_check(report.figures())
    return {
        **_describe(installed),
        "ok": report.problem is None,
        "problem": report.problem,
        "text_cosine": round(report.text_cosine, 4),
        "text_limit": text_limit,
        "noise_cosine": round(report.noise_cosine, 4),
        "noise_limit": noise_limit,
        "provider": "cpu",
    }


def export_model(
    models: Path,
    name: str,
    precision: Precision = "fp32",
    progress: ProgressCallback = ignore_progress,
) -> Pulled:
    """Make the ONNX files of any CLAP checkpoint of the hub, with PyTorch; the extra `export` brings it.

    Parameters
    ----------
    name
        OWNER/NAME of a checkpoint in the format of transformers, or a folder that holds one.

    Raises
    ------
    ModelError
        The checkpoint cannot be had, is no CLAP without fusion, or fails the check.
    ConfigurationError
        The extra `export` is not installed.
    """
    from reelscore.embedding.clap.export import export_checkpoint

    _check_precision(precision)
    known = full_name(name)
    if known in REFUSED_MODELS:
        raise ModelError(f"{known} cannot be used: {REFUSED_MODELS[known]}")
    if known in KNOWN_MODELS and KNOWN_MODELS[known].pictures:
        raise ModelError(f"{known} is not exported but pulled: `reelscore models pull {known}`")
    folder_name(Path(known).name if Path(known).is_dir() else known)  # a name that cannot be is said first
    installed = export_checkpoint(models, known, precision, progress)
    return Pulled(installed, downloaded=0)


def _fetch(
    hub: Hub, model: HubModel, wanted: dict[str, HubFile], folder: Path, progress: ProgressCallback
) -> tuple[int, str]:
    """Bring files into a folder; returns the bytes that were downloaded and the commit that they are of."""
    repository = model.repository or model.name
    missing: dict[str, RemoteFile] = {}
    for part, file in wanted.items():
        cached = hub.find_cached(repository, model.revision, file)
        if cached is not None:
            copy = folder / f"{part}.copy"
            shutil.copyfile(cached, copy)
            copy.replace(folder / part)
        else:
            missing[part] = hub.describe(repository, model.revision, file)
    total = sum(remote.size for remote in missing.values())
    before = downloaded = 0
    for part, remote in missing.items():
        first: list[int] = []

        def move(
            here: int, _: int, *, before: int = before, part: str = part, first: list[int] = first
        ) -> None:
            first.append(here) if not first else None
            progress(Progress((before + here) / _MB, total / _MB, f"{model.short_name} {part}"))

        hub.download(remote, folder / part, move)
        before += remote.size
        downloaded += remote.size - (first[0] if first else 0)
    revisions = {remote.revision for remote in missing.values()}
    return downloaded, revisions.pop() if len(revisions) == 1 else ""


@contextmanager
def _alone(models: Path, model: HubModel, precision: Precision) -> Iterator[Staging]:
    """The staging folder of a model, while no other process fills it."""
    staging = Staging(models, model, precision)
    # The file stays: who deletes a lock may delete one that the next process holds already.
    lock = models / f".{folder_name(model.name)}-{precision}.lock"
    with lock.open("a") as file:
        _lock(file.fileno(), model.name)
        yield staging


def _lock(descriptor: int, name: str) -> None:
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows: two pulls at once would only fetch everything twice
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise ModelError(f"another process is getting {name} right now; wait for it to end") from error


def _intact_parts(models: Path, model: HubModel, precision: Precision) -> dict[str, Path]:
    """The parts of an installed model that are what they should be."""
    folder = model_folder(models, model.name, precision)
    if not (folder / MANIFEST).is_file():
        return {}
    try:
        installed = read_manifest(folder)
    except ModelError:
        return {}
    found = {}
    for part in model.parts:
        with suppress(ModelError):
            found[part] = installed.verify(part)
    return found


def _is_finished(path: Path, file: HubFile) -> bool:
    """Whether an earlier pull finished this file: only then has it its name."""
    return path.is_file() and (file.size is None or path.stat().st_size == file.size)


def _is_partial(models: Path, name: str, precision: Precision) -> bool:
    folder = model_folder(models, name, precision)
    staging = folder.with_name(f"{precision}.partial")
    return staging.is_dir() and any(staging.iterdir())


def _tuned_row(folder: Path) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": folder.name,
        "precision": "tuned",
        "default": False,
        "size": _size_of(folder),
        "reads": ["words", "sound"],
    }
    try:
        tuning = read_tuning(folder)
    except ModelError as error:
        facts = {"dim": 0, "sample_rate": None, "description": str(error), "space": None}
        return {**row, **facts, "state": "refused", "licence": ""}
    facts = {
        "dim": tuning.wordings.texts.shape[1] + len(tuning.labels) + 1,
        "sample_rate": None,
        "description": tuning.description,
        "space": tuning.space_name,
    }
    return {**row, **facts, "state": "installed", "licence": tuning.about["licence"]}


def _remove_tuned(folder: Path) -> int:
    freed = _size_of(folder)
    gone = folder.with_name(f".{folder.name}.{os.getpid()}")
    folder.rename(gone)  # half of it is never there
    shutil.rmtree(gone)
    return freed


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _facts(model: HubModel, precision: Precision) -> dict[str, Any]:
    return {
        "name": model.name,
        "precision": precision,
        "dim": model.dim,
        "sample_rate": model.sample_rate,
        "licence": model.licence,
        "description": model.description,
        "space": model.space(precision).name if model.hears else None,
        "reads": ["words", *["sound"] * model.hears, *["pictures"] * model.pictures],
    }


def _describe(installed: InstalledModel) -> dict[str, Any]:
    report: CheckReport | None = recorded_check(installed)
    return {
        **_facts(installed.model, installed.precision),
        "size": installed.size,
        "state": "installed" if report is None or report.problem is None else "refused",
        "checked": None if report is None else report.figures(),
        "path": os.fspath(installed.folder),
        "revision": installed.revision,
    }


def _check_precision(precision: str) -> None:
    if precision not in PRECISIONS:
        raise UnknownNameError("precision", precision, PRECISIONS)
