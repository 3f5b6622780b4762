"""The composition root: makes the parts of a library, and chooses their backends, from the settings.

Everything is built on first use, so that a command pays only for the parts that it needs. What it
builds is shared by all requests and threads of the process.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from reelscore.config import Settings, load_settings
from reelscore.errors import ModelError, ReelscoreError, StorageError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from reelscore.catalog.shelf import Shelf
    from reelscore.catalog.store import Catalog
    from reelscore.embedding.base import TextEmbedder
    from reelscore.embedding.hub.embedder import HubEmbedder
    from reelscore.embedding.lite.embedder import LiteEmbedder
    from reelscore.embedding.suite import EmbedderSuite
    from reelscore.embedding.tunings import Tuning
    from reelscore.index.base import VectorIndex
    from reelscore.index.ownership import Ownership
    from reelscore.index.proxy import AskOwner
    from reelscore.index.qdrant.connection import Connection as QdrantConnection
    from reelscore.sources.base import Source
    from reelscore.video.base import VideoAnalyzer
    from reelscore.video.showing import PictureReader

Part = TypeVar("Part")

log = logging.getLogger(__name__)


class _once(Generic[Part]):  # noqa: N801 - it is used like `property`
    """A part of the wiring, made at its first use, by one thread.

    Not `cached_property`: some versions of it let two threads make a part each, and others lock before the
    wiring is locked, so that two threads can wait for each other.
    """

    def __init__(self, make: Callable[[Any], Part]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, wiring: None, owner: type) -> _once[Part]: ...

    @overload
    def __get__(self, wiring: Wiring, owner: type) -> Part: ...

    def __get__(self, wiring: Wiring | None, owner: type) -> _once[Part] | Part:
        if wiring is None:
            return self
        parts = wiring.__dict__  # where it is found from then on, before this is asked
        with wiring._lock:
            if self._name not in parts:
                parts[self._name] = self._make(wiring)
            made: Part = parts[self._name]
            return made


@dataclass(slots=True)
class SyncState:
    """What this process knows of how far the library and its indexes are up to date."""

    compared: set[str] = field(default_factory=set)  # spaces whose index was compared with SQL
    # A server sets this: an old library is brought up to date by a job, and questions do not wait for it.
    in_jobs: bool = False
    current: bool = False  # whether all songs are known to have what this version asks for
    lock: threading.RLock = field(default_factory=threading.RLock)  # held meanwhile, so that it is done once


class Wiring:
    """The parts of one library, wired together as the settings say.

    With the embedded vector index a library is owned by one process at a time, since that index belongs
    to one; the first use of the catalogue or of an index claims it. A Qdrant server may be used by several.

    Parameters
    ----------
    ask_owner
        Of a process that answers for the owner of the library: how that is asked for what its embedded index
        has. Nothing is claimed, and the catalogue is only read.
    """

    def __init__(self, settings: Settings, *, ask_owner: AskOwner | None = None) -> None:
        self.settings = settings
        self._ask_owner = ask_owner
        self.closed = False
        self._lock = threading.RLock()
        self._indexes: dict[str, VectorIndex] = {}
        self.sync = SyncState()
        # What questions learnt of each person's taste: see `search/taste_stage.py`.
        self.tastes: dict[str, Any] = {}

    @_once
    def ownership(self) -> Ownership | None:
        """The claim of this process on the library; None if a Qdrant server lets several processes use it.

        Raises
        ------
        LibraryBusyError
            Another process owns the library under `settings.home`.
        ConfigurationError
            The folder of the library cannot be made or written.
        """
        from reelscore.index.ownership import claim, prepare_home

        if self._ask_owner is not None:
            return None
        if self.settings.qdrant_address is not None:
            prepare_home(self.settings.home)
            return None
        return claim(self.settings.home)

    @_once
    def catalog(self) -> Catalog:
        """The SQL catalogue, which is the truth."""
        from reelscore.catalog.store import Catalog

        _ = self.ownership
        self._refuse_lost_database()
        return Catalog(self.settings.sql_url)

    @_once
    def shelf(self) -> Shelf:
        """What questions read of every song, in mapped files beside SQL."""
        from reelscore.catalog.shelf import Shelf

        spaces = {name: self.embedders.space(name).dim for name in self.embedders.spaces}
        folder = self.settings.home / "shelf"
        return Shelf(self.catalog, folder, spaces, writes=lambda: self.sync.in_jobs)

    def _refuse_lost_database(self) -> None:
        """An empty database beside a full index is a loss: adopted, it would empty the index too."""
        path, index = self.settings.sqlite_path, self.settings.index_dir
        if self.settings.sql_url != f"sqlite:///{path}" or (path.exists() and path.stat().st_size):
            return
        if index.is_dir() and any(index.iterdir()):
            raise StorageError(
                f"the database {path} is {'empty' if path.exists() else 'gone'}, but {index} has the vectors "
                f"of a library; put the database back from a backup, or remove {index} to start again"
            )

    @_once
    def embedders(self) -> EmbedderSuite:
        """Every space that new tracks are embedded into, from one decode."""
        from reelscore.embedding.suite import EmbedderSuite

        # Tracks are analysed side by side, which beats several threads within one model run.
        return EmbedderSuite(threads=1, models=self.models, tunings=self._tunings())

    def _tunings(self) -> list[Tuning]:
        """What was learnt of music of one's own; what cannot be used is left out."""
        if not (self.settings.models_dir / "tuned").is_dir():
            return []
        from reelscore.embedding.tunings import read_tuning, tuned_folders

        found = []
        for folder in tuned_folders(self.settings.models_dir).values():
            try:
                found.append(read_tuning(folder))
            except ModelError as error:
                log.warning("%s", error)
        return found

    @property
    def lite(self) -> LiteEmbedder:
        """The bundled space of words, which tags are read from too."""
        return self.embedders.lite

    @property
    def clap(self) -> HubEmbedder | None:
        """The model that CLAP_MODEL_NAME names; None if it is not installed."""
        return next((each for each in self.models if each.name == "clap"), None)

    @_once
    def models(self) -> tuple[HubEmbedder, ...]:
        """The installed models that hear: the one that CLAP_MODEL_NAME names, called "clap", and joint ones.

        Raises
        ------
        ModelError
            One is known not to work.
        ConfigurationError
            Its extra is not installed, or the execution provider is unknown.
        """
        settings = self.settings
        if not settings.models_dir.is_dir():
            return ()  # without an import, for commands that must start quickly
        from reelscore.embedding.hub.embedder import open_embedders

        return open_embedders(
            settings.models_dir,
            settings.clap_model_name,
            precision=settings.clap_precision,
            threads=1 if settings.execution_provider == "cpu" else self.threads,
            provider=settings.execution_provider,
            idle_seconds=settings.model_idle_seconds,
        )

    def text_embedder(self) -> tuple[TextEmbedder, str | None]:
        """The embedder of the space that words are searched in, and why it is a lesser one, or None.

        It is that of the space that `reindex` switched to, if any; else `lite`, which also answers, and says
        so, if the model of that space is not there any more.
        """
        wanted = self.catalog.text_space()
        found = self.lite if wanted is None else self.embedders.reader(wanted)
        if found is not None:
            return found, None
        from reelscore.embedding.tunings import TUNED

        gone = "whose model is not installed or is not the one that CLAP_MODEL_NAME names"
        if str(wanted).startswith(TUNED):
            gone = "which was tuned, and is not there any more"
        return self.lite, (
            f"the library was switched to the space {wanted}, {gone}, so {self.lite.space.name} answered; "
            "`reelscore models list` says what is there"
        )

    @_once
    def analyzer(self) -> VideoAnalyzer:
        """The video analyser that answers: a model with the local one behind it, or the local one alone."""
        from reelscore.wiring.analyzers import choose_analyzer

        return choose_analyzer(self.settings, self.picture_reader, lambda: self.catalog.usage)

    @_once
    def picture_reader(self) -> PictureReader | None:
        """The CLIP model that tells what videos show; None if it is not installed or switched off."""
        settings = self.settings
        if not settings.picture_words or not settings.models_dir.is_dir():
            return None
        from reelscore.embedding.clip.reader import find_reader

        return find_reader(
            settings.models_dir, threads=self.threads, idle_seconds=settings.model_idle_seconds
        )

    def gemini_analyzer(self, key: SecretStr | None) -> VideoAnalyzer:
        """Gemini with this key, and the local analyser behind it unless the settings want Gemini alone."""
        from reelscore.wiring.analyzers import gemini_analyzer

        return gemini_analyzer(self.settings, key, self.picture_reader, lambda: self.catalog.usage)

    def index(self, space: str) -> VectorIndex:
        """The vector index of a space, opened once."""
        with self._lock:
            if space not in self._indexes:
                _ = self.ownership
                self._indexes[space] = self._open_index(space)
            return self._indexes[space]

    def _open_index(self, space: str) -> VectorIndex:
        dim = self.embedders.space(space).dim
        if self.qdrant is not None:
            from reelscore.index.qdrant.index import ServerIndex

            return ServerIndex(self.qdrant, space, dim, on_missing=lambda: self.sync.compared.discard(space))
        if self._ask_owner is not None:
            from reelscore.index.proxy import IndexProxy

            return IndexProxy(self._ask_owner, space, dim)
        from reelscore.index.edge.index import EdgeIndex

        _ = self.catalog  # first, since an index without a database is taken for a loss
        return EdgeIndex(self.settings.index_dir, space, dim)

    @_once
    def qdrant(self) -> QdrantConnection | None:
        """The connection to the Qdrant server; None if the index is embedded.

        Raises
        ------
        ConfigurationError
            The address is none, or the extra is not installed.
        """
        settings = self.settings
        if settings.qdrant_address is None:
            return None
        from reelscore.index.qdrant.connection import Connection, ServerOptions

        key = settings.qdrant_api_key
        return Connection(
            ServerOptions(
                settings.qdrant_address,
                port=settings.qdrant_port,
                api_key=key.get_secret_value() if key else None,
                prefix=settings.qdrant_prefix,
                timeout_seconds=settings.qdrant_timeout_seconds,
                quantized=settings.qdrant_quantization == "int8",
                oversampling=settings.qdrant_oversampling,
                batch_points=settings.qdrant_batch_points,
                batch_bytes=round(settings.qdrant_batch_mb * 1_000_000),
            )
        )

    @property
    def index_place(self) -> str:
        """Where the indexes are kept, by a name that is the same on every machine that uses them."""
        # Without the address: the machines of one library may know the server by different names.
        return "edge" if self.settings.qdrant_address is None else f"server {self.settings.qdrant_prefix}"

    def collection_name(self, space: str) -> str:
        """What the collection of a space is called, on a Qdrant server with the prefix of the library."""
        return space if self.settings.qdrant_address is None else self.settings.qdrant_prefix + space

    def reset_index(self, space: str) -> None:
        """Delete the index of a space, also one that cannot be opened; the next use starts an empty one."""
        with self._lock:
            if self.qdrant is not None:
                self.index(space).clear()  # drops the collection, whatever it holds
                return
            if space in self._indexes:
                self._indexes.pop(space).close()
            # With what an interrupted optimisation left beside it.
            for folder in (space, *(f"{space}~{rest}" for rest in ("building", "old", "trash"))):
                shutil.rmtree(self.settings.index_dir / folder, ignore_errors=True)

    def source(self, name: str, options: Mapping[str, Any]) -> Source:
        """A music source by name.

        Raises UnknownNameError with the known names, or what the source says of its options.
        """
        from reelscore.wiring.sources import open_source

        return open_source(name, options, self.settings, lambda: self.catalog)

    @property
    def threads(self) -> int:
        """Threads that a model run, or the analysis of several tracks at once, may use."""
        return self.settings.threads or min(4, os.cpu_count() or 1)

    def close(self) -> None:
        """Flush and release everything; safe to call twice."""
        with self._lock:
            if "shelf" in self.__dict__:
                self.__dict__.pop("shelf").close()
            for index in self._indexes.values():
                index.close()
            self._indexes.clear()
            if self.__dict__.get("qdrant") is not None:
                self.__dict__.pop("qdrant").close()
            for model in self.__dict__.get("models", ()):
                model.close()
            if self.__dict__.get("picture_reader") is not None:
                self.__dict__["picture_reader"].close()
            if "catalog" in self.__dict__:
                self.__dict__.pop("catalog").close()
            if "ownership" in self.__dict__:
                ownership = self.__dict__.pop("ownership")
                if ownership is not None:
                    ownership.release()
            self.closed = True


_open: dict[Path, Wiring] = {}
_open_lock = threading.Lock()


def open_wiring(settings: Settings | None = None) -> Wiring:
    """The wiring of a library; one for each home in a process, so that services share its parts."""
    settings = settings or load_settings()
    home = settings.home.expanduser().resolve()
    with _open_lock:
        wiring = _open.get(home)
        if wiring is None or wiring.closed:
            wiring = Wiring(settings.model_copy(update={"home": home}))
            _open[home] = wiring
        return wiring


def close_wirings() -> None:
    """Close every library that `open_wiring` opened in this process; the end of the process does it too."""
    with _open_lock:
        for wiring in _open.values():
            try:
                wiring.close()
            except ReelscoreError as error:  # such as a home that was removed meanwhile
                log.warning("%s was not closed in order: %s", wiring.settings.home, error)
        _open.clear()


atexit.register(close_wirings)
