"""The catalogue as one object: every store of the SQL database."""

from __future__ import annotations

from contextlib import AbstractContextManager

from sqlalchemy.exc import SQLAlchemyError

from reelscore.catalog.accounts import AccountStore
from reelscore.catalog.analyses import AnalysisStore
from reelscore.catalog.browsing import BrowsingStore
from reelscore.catalog.corrections import CorrectionStore
from reelscore.catalog.db.engine import connected, open_engine, storage_error
from reelscore.catalog.db.upgrade import ensure_current
from reelscore.catalog.facets import FacetStore
from reelscore.catalog.files import FileStore
from reelscore.catalog.integrity.store import IntegrityStore
from reelscore.catalog.jobs import JobStore
from reelscore.catalog.maps import MapStore
from reelscore.catalog.projects import ProjectStore
from reelscore.catalog.rates import RateStore
from reelscore.catalog.shares import ShareStore
from reelscore.catalog.songs import SongStore
from reelscore.catalog.spaces import SpaceStore
from reelscore.catalog.structures import StructureStore
from reelscore.catalog.tag_writes import TagWriteStore
from reelscore.catalog.taste import TasteStore
from reelscore.catalog.usage import UsageStore
from reelscore.catalog.vectors import VectorStore
from reelscore.catalog.waveforms import WaveformStore
from reelscore.catalog.words import WordStore


class Catalog(
    SongStore,
    FileStore,
    VectorStore,
    SpaceStore,
    FacetStore,
    WordStore,
    WaveformStore,
    StructureStore,
    BrowsingStore,
    MapStore,
    JobStore,
    AnalysisStore,
    ProjectStore,
    ShareStore,
    CorrectionStore,
    TagWriteStore,
    TasteStore,
    IntegrityStore,
):
    """Songs, features, vectors, jobs, analyses and projects in one SQL database.

    The tables are made, or brought up to date, when it is opened. Safe to use from several threads and
    processes. Every method raises StorageError if the database fails.

    Parameters
    ----------
    url
        SQLAlchemy address of the database, such as "sqlite:////home/me/library.sqlite3".

    Raises
    ------
    ConfigurationError
        The address cannot be read, or its driver is not installed.
    StorageError
        The database cannot be reached, is damaged, or was written by a newer version.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        try:
            ensure_current(self._engine)
        except SQLAlchemyError as error:
            self._engine.dispose()
            raise storage_error(self._engine, error) from error
        except BaseException:
            self._engine.dispose()
            raise

    @property
    def accounts(self) -> AccountStore:
        """Who may sign in."""
        return AccountStore(self._engine)

    @property
    def usage(self) -> UsageStore:
        """What is spent on services outside."""
        return UsageStore(self._engine)

    @property
    def rates(self) -> RateStore:
        """When services outside are called."""
        return RateStore(self._engine)

    def connected(self) -> AbstractContextManager[None]:
        """Let this thread read on one connection meanwhile; on SQLite all of one moment, until it writes."""
        return connected(self._engine)

    def close(self) -> None:
        """Release the connections; safe to call twice."""
        self._engine.dispose()
