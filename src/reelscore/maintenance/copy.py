"""Move a library to another database or index: copy it, and prove that all of it arrived."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from reelscore.catalog.db.engine import shown_address
from reelscore.catalog.db.upgrade import database_state
from reelscore.catalog.store import Catalog
from reelscore.catalog.transfer import compare_samples, copy_catalog, row_counts
from reelscore.config import Settings
from reelscore.errors import InvalidInputError
from reelscore.index.ownership import claim
from reelscore.library.backfill import refresh_facets
from reelscore.library.index_sync import refresh_indexes
from reelscore.maintenance.index_copy import copy_indexes
from reelscore.maintenance.verify import prove_indexes
from reelscore.records import ProgressCallback, ignore_progress
from reelscore.wiring import Wiring, open_wiring


def move_library(
    settings: Settings,
    source_url: str | None = None,
    target_url: str | None = None,
    *,
    force: bool = False,
    progress: ProgressCallback = ignore_progress,
) -> dict[str, Any]:
    """Bring a library to where the settings say, or to an address: its tables, and its vector indexes.

    If both addresses are one database, only the indexes are brought: from Qdrant Edge to the server of the
    settings, or back.

    Parameters
    ----------
    settings
        Without `source_url` the SQLite library of their home is copied; without `target_url` it goes into
        the database that they name.
    force
        As for `copy_library`.

    Returns
    -------
    dict
        That of `copy_library` ("tables" is empty where there is one database only), and "indexes": where the
        target is the library of the settings, its indexes were filled, and hold what `prove_indexes` says.

    Raises
    ------
    InvalidInputError
        As for `copy_library`.
    LibraryBusyError
        A server has the library of the settings open; stop it, since what it writes would be missed.
    """
    embedded = settings.embedded(settings.home)
    source, target = source_url or embedded.sql_url, target_url or settings.sql_url
    shown = shown_address(source), shown_address(target)
    at_home = shown[1] == shown_address(settings.sql_url)
    found: dict[str, Any] = {"from": shown[0], "to": shown[1], "tables": {}, "copied": {}, "compared": 0}
    found |= {"problems": [], "ok": True, "indexes": []}
    # While it is copied nobody may write to the library of this home.
    with claim(settings.home) if at_home or shown[0] == shown_address(embedded.sql_url) else nullcontext():
        if shown[0] != shown[1] or not at_home:
            found |= copy_library(source, target, force=force, progress=progress)
    if at_home:
        found["indexes"] = _fill_indexes(settings, progress)
        found["problems"] = found["problems"] + [row["problem"] for row in found["indexes"] if row["problem"]]
        found["ok"] = not found["problems"]
    return found


def _fill_indexes(settings: Settings, progress: ProgressCallback) -> list[dict[str, Any]]:
    """Fill the indexes of the settings; those of a server are held against Qdrant Edge if there is one."""
    wiring = open_wiring(settings)
    refresh_facets(wiring)
    compared = {}
    if settings.qdrant_address is not None and settings.index_dir.is_dir():
        here = settings.model_copy(update={"qdrant_url": None, "qdrant_host": None})
        edge = Wiring(here)
        try:
            compared = {report.space: report for report in copy_indexes(edge, wiring, progress)}
        finally:
            edge.close()
    refresh_indexes(wiring)
    rows = prove_indexes(wiring)
    for row in rows:
        report = compared.get(row["space"])
        if report is not None and not report.ok and not row["problem"]:
            row["problem"] = (
                f"the index of {row['space']} on the server answers {report.agreeing} of {report.queries} "
                "sample queries as Qdrant Edge does"
            )
    return rows


def copy_library(
    source_url: str, target_url: str, *, force: bool = False, progress: ProgressCallback = ignore_progress
) -> dict[str, Any]:
    """Copy the catalogue of one database into another, whose tables are made if there are none.

    Parameters
    ----------
    source_url, target_url
        SQLAlchemy addresses, of SQLite or of MySQL or MariaDB each.
    force
        Copy into a library that has songs already: songs with the same id are replaced, as are other rows
        with the same key; everything else in it stays. It also goes on with a copy that was cut off.

    Returns
    -------
    dict
        "from", "to" (without passwords), "tables" {name: {"source", "target"}} with the rows of each at the
        end, "copied" {name: rows}, "compared" (rows held against each other), "problems" (sentences; none
        if all is well) and "ok".

    Raises
    ------
    InvalidInputError
        Both are the same database, there is no library in the source, or the target has songs and `force`
        is not given.
    StorageError
        A database cannot be reached, or fails on the way.
    """
    shown = shown_address(source_url), shown_address(target_url)
    if shown[0] == shown[1]:
        raise InvalidInputError(f"both addresses are the same database: {shown[0]}")
    if database_state(source_url).revision is None:
        raise InvalidInputError(f"there is no library at {shown[0]}")
    source = Catalog(source_url)
    try:
        target = Catalog(target_url)
        try:
            present = row_counts(target)
            if present["songs"] and not force:
                raise InvalidInputError(
                    f"the library at {shown[1]} has {present['songs']} songs already; --force copies into it "
                    "and replaces those with the same id"
                )
            copied = copy_catalog(source, target, progress)
            problems, tables = _compare_counts(copied, row_counts(source), row_counts(target), present)
            compared, differing = compare_samples(source, target)
        finally:
            target.close()
    finally:
        source.close()
    return {
        "from": shown[0],
        "to": shown[1],
        "tables": tables,
        "copied": copied,
        "compared": compared,
        "problems": problems + differing,
        "ok": not problems and not differing,
    }


def _compare_counts(
    copied: dict[str, int], source: dict[str, int], target: dict[str, int], present: dict[str, int]
) -> tuple[list[str], dict[str, dict[str, int]]]:
    problems = []
    for name, number in copied.items():
        if source[name] != number:
            problems.append(
                f"{name}: somebody wrote to the source meanwhile ({number} rows copied, {source[name]} there "
                "now); stop the server and copy again with --force"
            )
        # Into an empty library exactly what was copied; into another one at least that.
        if target[name] < number or (not present[name] and target[name] != number):
            problems.append(f"{name}: {number} rows copied, {target[name]} in the target")
    return problems, {name: {"source": source[name], "target": target[name]} for name in copied}
