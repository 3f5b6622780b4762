"""Who answers a command: this process, or the server that owns the library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reelscore.cli.backend.local import LocalBackend
from reelscore.cli.backend.remote import RemoteBackend
from reelscore.config import load_settings
from reelscore.errors import LibraryBusyError
from reelscore.remote.owner import find_owner
from reelscore.wiring import open_wiring

if TYPE_CHECKING:
    from reelscore.catalog.store import Catalog

__all__ = ["Backend", "LocalBackend", "RemoteBackend", "catalog_beside", "open_backend"]

# Both have the same methods, which answer with the documented JSON: mypy holds every call against each.
Backend = LocalBackend | RemoteBackend


def open_backend() -> Backend:
    """The library itself, or the process that owns it over HTTP.

    Raises
    ------
    LibraryBusyError
        Another process owns the library and cannot be asked.
    """
    wiring = open_wiring(load_settings())
    owner = find_owner(wiring)
    return LocalBackend(wiring) if owner is None else RemoteBackend(owner)


@contextmanager
def catalog_beside() -> Iterator[Catalog]:
    """The catalogue to read from, which several processes may do: also if a server owns the library."""
    wiring = open_wiring(load_settings())
    try:
        own = wiring.catalog
    except LibraryBusyError:
        from reelscore.catalog.store import Catalog

        other = Catalog(wiring.settings.sql_url)
        try:
            yield other
        finally:
            other.close()
    else:
        yield own
