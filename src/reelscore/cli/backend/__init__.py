"""Who answers a command: this process, or the server that owns the library."""

from __future__ import annotations

from reelscore.cli.backend.local import LocalBackend
from reelscore.cli.backend.remote import RemoteBackend
from reelscore.config import load_settings
from reelscore.remote.owner import find_owner
from reelscore.wiring import open_wiring

__all__ = ["Backend", "LocalBackend", "RemoteBackend", "open_backend"]

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
