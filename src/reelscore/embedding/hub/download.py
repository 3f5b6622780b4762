"""Downloads from the Hugging Face hub, through its own client.

The client gives the address, the token, the mirror and the offline switch (HF_HOME, HF_TOKEN, HF_ENDPOINT,
HF_HUB_OFFLINE) and reads the answers; what is added here is that a file whose download was cut off goes on
where it stopped, also in another process, and that no byte is used before its checksum was compared.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelscore.embedding.hub.models import HubFile
from reelscore.errors import ConfigurationError, ModelError, how_to_get
from reelscore.files import hash_file

if TYPE_CHECKING:
    from types import ModuleType

# Told how many bytes of the file are here, of how many; it may raise CancelledError.
BytesCallback = Callable[[int, int], None]

_SHA256_DIGITS, _GIT_DIGITS = 64, 40
_SPARE_BYTES = 32 << 20  # left free on the disk beside what is downloaded


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the hub describes it."""

    repository: str
    path: str
    url: str
    revision: str  # the commit that it comes from
    size: int
    etag: str  # SHA-256 of a large file, git's SHA-1 of a small one; "" if a mirror states neither
    sha256: str | None = None  # from our own records


class Hub:
    """The hub, or a mirror of it, as the environment names it.

    Raises
    ------
    ConfigurationError
        The extra `clap` is not installed.
    """

    def __init__(self) -> None:
        self._client = _import_client()

    @property
    def endpoint(self) -> str:
        """The address of the hub or its mirror."""
        return str(self._client.constants.ENDPOINT)

    @property
    def offline(self) -> bool:
        """Whether HF_HUB_OFFLINE forbids to ask the hub."""
        return bool(self._client.constants.is_offline_mode())

    def find_cached(self, repository: str, revision: str, file: HubFile) -> Path | None:
        """The file in the client's own cache under HF_HOME, if it is there and intact."""
        found = self._client.try_to_load_from_cache(repository, file.path, revision=revision)
        if not isinstance(found, str):
            return None
        path = Path(found).resolve()
        # The cache names a file by its ETag, which is its checksum; a record of ours counts for more.
        expected = file.sha256 or path.name
        try:
            return path if _matches(path, expected) else None
        except OSError:
            return None

    def describe(self, repository: str, revision: str, file: HubFile) -> RemoteFile:
        """Ask the hub for the size and checksum of a file.

        Raises
        ------
        ModelError
            The hub cannot be reached, or has no such file; or it offers another file than the known one.
        """
        if self.offline:
            raise ModelError(
                f"HF_HUB_OFFLINE is set and {file.path} of {repository} is not in the cache under HF_HOME; "
                "unset it, or pull the model on another machine and copy the model folder"
            )
        url = self._client.hf_hub_url(repository, file.path, revision=revision)
        with self._translated(repository, revision, file.path):
            found = self._client.get_hf_file_metadata(url)
        etag = (found.etag or "").lower()
        size = found.size if found.size is not None else file.size
        if size is None:
            raise ModelError(f"{self.endpoint} does not say how large {file.path} of {repository} is")
        described = RemoteFile(
            repository, file.path, url, found.commit_hash or revision, size, etag, file.sha256
        )
        if file.size not in (None, size) or (
            file.sha256 and len(etag) == _SHA256_DIGITS and etag != file.sha256
        ):
            raise ModelError(
                f"{self.endpoint} offers another {file.path} of {repository} than the known one "
                f"({size} bytes instead of {file.size}, checksum {etag[:12]} instead of "
                f"{str(file.sha256)[:12]}); nothing was downloaded"
            )
        return described

    def download(self, remote: RemoteFile, target: Path, progress: BytesCallback) -> None:
        """Fetch a file, going on where an earlier try stopped; `target` appears only when it is whole.

        Raises
        ------
        ModelError
            The download failed (what came is kept for the next try), the disk is full, or what came is
            not the file (it is deleted).
        CancelledError
            `progress` asked to stop; what came is kept.
        """
        mark = (remote.sha256 or remote.etag or remote.revision)[:16]
        part = target.with_name(f"{target.name}.{mark}.part")
        have = part.stat().st_size if part.exists() else 0
        if have > remote.size:
            part.unlink()
            have = 0
        _require_space(target.parent, remote.size - have, remote.path)
        progress(have, remote.size)
        headers: dict[str, str] = self._client.utils.build_hf_headers()
        with self._translated(remote.repository, remote.revision, remote.path), part.open("ab") as file:
            self._client.file_download.http_get(
                remote.url,
                file,
                resume_size=have,
                headers=headers,
                expected_size=remote.size,
                displayed_filename=remote.path,
                tqdm_class=_bar_class(progress, remote.size),
            )
        wrong = next(
            (e for e in (remote.sha256, remote.etag) if e and not _matches(part, e)),
            None,
        )
        if wrong is not None:
            part.unlink()
            raise ModelError(
                f"what came of {remote.path} of {remote.repository} is damaged: its checksum is not "
                f"{wrong[:12]}...; it was deleted, try again"
            )
        part.replace(target)

    @contextmanager
    def _translated(self, repository: str, revision: str, path: str) -> Iterator[None]:
        """Errors of the client as ours: one line each, without addresses that carry a signature."""
        errors = self._client.errors
        try:
            yield
        except errors.GatedRepoError as error:
            raise ModelError(
                f"{repository} wants its terms accepted: do so on its page at {self.endpoint}/{repository}, "
                "and set HF_TOKEN to a token of yours"
            ) from error
        except errors.RepositoryNotFoundError as error:
            raise ModelError(
                f"there is no model {repository} at {self.endpoint}, or it is private: check the name, or "
                "set HF_TOKEN to a token that may read it"
            ) from error
        except errors.RevisionNotFoundError as error:
            raise ModelError(f"{repository} has no revision {revision} at {self.endpoint}") from error
        except errors.EntryNotFoundError as error:
            raise ModelError(
                f"{repository} has no file {path} at {self.endpoint} (revision {revision})"
            ) from error
        except errors.HfHubHTTPError as error:
            status = getattr(error.response, "status_code", "an error")
            hint = "check HF_TOKEN" if status in (401, 403) else "try again later"
            raise ModelError(
                f"{self.endpoint} answered {status} for {path} of {repository}; {hint}"
            ) from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise ModelError(
                    f"the disk is full while downloading {path}; make room and run the command again, "
                    "it goes on where it stopped"
                ) from error
            raise self._cut_off(path, repository, error) from error
        except _transport_errors(self._client) as error:
            raise self._cut_off(path, repository, error) from error

    def _cut_off(self, path: str, repository: str, error: Exception) -> ModelError:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        return ModelError(
            f"{path} of {repository} could not be had from {self.endpoint} ({reason}); check the network, or "
            "set HF_ENDPOINT to a mirror, and run the command again: it goes on where it stopped"
        )


def _import_client() -> ModuleType:
    try:
        import huggingface_hub
        import huggingface_hub.errors
        import huggingface_hub.file_download
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"downloading models needs the package huggingface-hub; {how_to_get('clap')}"
        ) from error
    return huggingface_hub


def _transport_errors(client: ModuleType) -> tuple[type[Exception], ...]:
    """What the HTTP library below the client raises; which library it is depends on the client's version."""
    session = client.get_session()
    library = __import__(type(session).__module__.partition(".")[0])
    return tuple(
        kind for name in ("HTTPError", "InvalidURL") if isinstance(kind := getattr(library, name, None), type)
    )


def _bar_class(progress: BytesCallback, total: int) -> type:
    """A stand-in for the client's progress bar that calls `progress` instead."""

    class Bar:
        def __init__(self, *, initial: int = 0, **_: Any) -> None:
            self.done = initial

        def update(self, count: float | None = 1) -> None:
            self.done += int(count or 0)
            progress(self.done, total)

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    return Bar


def _matches(path: Path, checksum: str) -> bool:
    """Whether a file has this SHA-256, or this SHA-1 in git's way; any other checksum says nothing."""
    if len(checksum) == _SHA256_DIGITS:
        return hash_file(path) == checksum
    if len(checksum) == _GIT_DIGITS:
        digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest() == checksum
    return True


def _require_space(folder: Path, wanted: int, path: str) -> None:
    free = shutil.disk_usage(folder).free
    if wanted + _SPARE_BYTES > free:
        raise ModelError(
            f"{path} needs {wanted / 1e6:.0f} MB and {folder} has {free / 1e6:.0f} MB free; make room and "
            "run the command again"
        )
