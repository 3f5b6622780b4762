"""One archive of a library, made while it is used, and put back.

What cannot be made again is in the SQL database: songs, measurements, vectors, analyses, projects, jobs and
users. The archive has that, as SQLite, whatever database it came from; indexes are filled from it, models are
pulled again, and browsers sign in again.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import reelscore
from reelscore.catalog.convert import now
from reelscore.catalog.db.engine import BUSY_TIMEOUT_MS
from reelscore.catalog.db.schema import REVISIONS
from reelscore.catalog.store import Catalog
from reelscore.catalog.transfer import copy_catalog, row_counts
from reelscore.config import Settings
from reelscore.errors import InvalidInputError, StorageError, counted
from reelscore.files import check_room
from reelscore.index.ownership import claim, prepare_home
from reelscore.records import ProgressCallback, ignore_progress

FORMAT = 1
_DATABASE, _MANIFEST = "library.sqlite3", "manifest.json"
_CHUNK = 1 << 20
_LARGEST_MANIFEST = 1_000_000
# The copy beside the archive, and the archive; vectors hardly shrink.
_ROOM = 2.1


def back_up(settings: Settings, target: Path, progress: ProgressCallback = ignore_progress) -> dict[str, Any]:
    """Write the library of the settings into one archive, of one moment, and read it back to check it.

    It may be in use meanwhile. The archive gets its name once it is whole; before that, or if this is cut
    off, nothing has that name.

    Returns
    -------
    dict
        What the archive says of itself: "songs", "rows" of each table, "sha256" and "bytes" of the database
        in it, "revision", "made_at", "version"; and "file".

    Raises
    ------
    InvalidInputError
        There is a file of this name, no such folder, or no library.
    StorageError
        There is no room, the database failed, or what was written is not what is read back.
    """
    target = target.expanduser().absolute()
    if target.exists():
        raise InvalidInputError(f"{target} is there already; name another file")
    if not target.parent.is_dir():
        raise InvalidInputError(f"there is no folder {target.parent}")
    with _disk_said(target.parent), _scratch(target.parent) as copy:
        _copy_database(settings, copy, progress)
        manifest = _prepare(copy)
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:
            with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                    archive.writestr(_MANIFEST, json.dumps(manifest, indent=2))
                    archive.write(copy, _DATABASE)
                file.flush()
                os.fsync(file.fileno())
            check_backup(part)
            _name(part, target)
        except FileExistsError as error:
            raise InvalidInputError(f"{target} is there already; name another file") from error
        finally:
            part.unlink(missing_ok=True)
    return {**manifest, "file": str(target)}


def _name(part: Path, target: Path) -> None:
    try:
        os.link(part, target)  # never over one that came meanwhile
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if target.exists():
            raise FileExistsError(target) from None
        part.replace(target)


def check_backup(archive: Path) -> dict[str, Any]:
    """What an archive says of itself, once its database was read and has the checksum that it says.

    Raises
    ------
    InvalidInputError
        It is no backup, is damaged, or a newer version wrote it.
    """
    with _opened(archive) as (manifest, database):
        digest = hashlib.sha256()
        while piece := database.read(_CHUNK):
            digest.update(piece)
        _compare(archive, manifest, digest.hexdigest())
    return manifest


def restore(
    settings: Settings, archive: Path, *, force: bool = False, progress: ProgressCallback = ignore_progress
) -> dict[str, Any]:
    """Put a library back where the settings say; its indexes are filled when it is next opened.

    Parameters
    ----------
    force
        Give up the library that is there. A MySQL or MariaDB database must be empty in any case.

    Raises
    ------
    InvalidInputError
        The archive is none, is damaged or newer than this version, or there is a library already.
    LibraryBusyError
        A server has the library; end it first.
    StorageError
        There is no room, or the database failed.
    """
    archive = archive.expanduser().absolute()
    home = settings.home
    prepare_home(home)
    with claim(home), _disk_said(home), _scratch(home) as copy:
        with _opened(archive) as (manifest, database):
            check_room(home, int(manifest["bytes"]))
            digest = hashlib.sha256()
            with copy.open("wb") as file:
                while piece := database.read(_CHUNK):
                    file.write(piece)
                    digest.update(piece)
                os.fsync(file.fileno())
            _compare(archive, manifest, digest.hexdigest())
        if settings.sql_url == f"sqlite:///{settings.sqlite_path}":
            _put_in_place(settings, copy, force=force)
        else:
            _fill(settings, copy, progress)
    return {**manifest, "home": str(home)}


def _copy_database(settings: Settings, copy: Path, progress: ProgressCallback) -> None:
    if settings.sql_url.startswith("sqlite"):
        path = Path(settings.sql_url.removeprefix("sqlite:///"))
        if not path.is_file() or not path.stat().st_size:
            raise InvalidInputError(f"there is no library at {path}")
        check_room(copy.parent, round(path.stat().st_size * _ROOM))
        try:
            # All pages in one step: one moment, while others go on writing.
            with (
                closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)) as source,
                closing(sqlite3.connect(copy)) as there,
            ):
                source.backup(there)
        except sqlite3.Error as error:
            raise StorageError(f"the database {path} cannot be copied: {error}") from error
        return
    with (
        closing(Catalog(settings.sql_url)) as library,
        closing(Catalog(f"sqlite:///{copy}")) as archived,
    ):
        copy_catalog(library, archived, progress)


def _prepare(copy: Path) -> dict[str, Any]:
    """Take out of a copy what is of no use elsewhere, and say what is in it."""
    catalog = Catalog(f"sqlite:///{copy}")  # brings older tables up to date
    try:
        rows = row_counts(catalog)
    finally:
        catalog.close()
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("DELETE FROM sessions")
        connection.execute("DELETE FROM index_state WHERE state = 'removed'")
        connection.execute("UPDATE index_state SET state = 'pending'")  # there is no index where it comes to
        _make_one_file(connection)
    rows.pop("sessions", None)
    with copy.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return {
        "format": FORMAT,
        "version": reelscore.__version__,
        "revision": REVISIONS[-1],
        "made_at": now(),
        "bytes": copy.stat().st_size,
        "sha256": digest.hexdigest(),
        "songs": rows["songs"],
        "rows": rows,
    }


def _make_one_file(connection: sqlite3.Connection) -> None:
    """Leave nothing beside the file of a database."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def _opened(archive: Path) -> Iterator[tuple[dict[str, Any], IO[bytes]]]:
    """What an archive says of itself, and the database in it to read."""
    try:
        with zipfile.ZipFile(archive) as file:
            if file.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST:
                raise ValueError("what it says of itself is too long")
            manifest = json.loads(file.read(_MANIFEST))
            if manifest["format"] != FORMAT or manifest["revision"] not in REVISIONS:
                raise InvalidInputError(f"a newer version of reelscore wrote {archive}; upgrade reelscore")
            if (
                not isinstance(manifest["songs"], int)
                or manifest["bytes"] != file.getinfo(_DATABASE).file_size
            ):
                raise ValueError("it does not say how large it is")
            with file.open(_DATABASE) as database:
                yield manifest, database
    except FileNotFoundError as error:
        raise InvalidInputError(f"there is no file {archive}") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        TypeError,
        ValueError,
        EOFError,
        NotImplementedError,
    ) as error:
        raise InvalidInputError(f"{archive} is damaged, or no backup of reelscore: {error}") from error
    except RuntimeError as error:  # such as a password
        raise InvalidInputError(f"{archive} cannot be read: {error}") from error


def _compare(archive: Path, manifest: dict[str, Any], found: str) -> None:
    if found != manifest.get("sha256"):
        raise InvalidInputError(f"{archive} is damaged: its checksum is not the one that it says")


def _put_in_place(settings: Settings, copy: Path, *, force: bool) -> None:
    path, index = settings.sqlite_path, settings.index_dir
    is_used = (path.exists() and path.stat().st_size > 0) or (index.is_dir() and any(index.iterdir()))
    if is_used and not force:
        raise InvalidInputError(
            f"there is a library in {settings.home}; name another home with REELSCORE_HOME, or give that one "
            "up with --force"
        )
    Catalog(f"sqlite:///{copy}").close()  # opens only what this version can read, and brings it up to date
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        _make_one_file(connection)
    # The index first: the old database without it is a library still, the new one beside an old index is not.
    shutil.rmtree(index, ignore_errors=True)
    for beside in ("-wal", "-shm"):  # which belong to the old file
        path.with_name(path.name + beside).unlink(missing_ok=True)
    copy.replace(path)


def _fill(settings: Settings, copy: Path, progress: ProgressCallback) -> None:
    with closing(Catalog(settings.sql_url)) as library:
        there = row_counts(library)
        if there["songs"] or there["projects"]:
            raise InvalidInputError(
                f"the database has {counted(there['songs'], 'song')} already; restore into an empty one"
            )
        with closing(Catalog(f"sqlite:///{copy}")) as archived:
            copy_catalog(archived, library, progress)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A private file that is gone afterwards, with what SQLite leaves beside it."""
    path = folder / f".backup.{secrets.token_hex(6)}.sqlite3"
    with _disk_said(folder):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield path
    finally:
        for beside in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                path.with_name(path.name + beside).unlink(missing_ok=True)


@contextmanager
def _disk_said(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror or error}") from error
