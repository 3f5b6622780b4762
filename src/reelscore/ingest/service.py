"""Fill the catalogue from a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reelscore.errors import InvalidInputError
from reelscore.ingest.run import IngestRun
from reelscore.library.backfill import refresh_facets
from reelscore.library.index_sync import refresh_indexes
from reelscore.library.stars import note_stars, person_of_stars
from reelscore.records import IngestReport, ProgressCallback, ignore_progress
from reelscore.sources.base import Source
from reelscore.sources.servers.source import ServerSource
from reelscore.wiring import Wiring


def ingest(
    wiring: Wiring,
    source: str,
    options: Mapping[str, Any] | None = None,
    progress: ProgressCallback = ignore_progress,
) -> IngestReport:
    """Add every new track of a source to the library.

    A track that cannot be used is a line of the report with its reason, and never stops the run.
    If `progress` raises CancelledError, what was analysed until then is kept.

    Parameters
    ----------
    source
        Name of the source, such as "folder" or "itunes".
    options
        What the source needs, such as {"paths": [...]}; "share", above 0 and up to 1, is the share of the
        time that each of the analysing threads works, and 1 if it is not given.
    """
    given = dict(options or {})
    share = float(given.pop("share", 1.0))
    return ingest_from(wiring, wiring.source(source, given), progress, share=share)


def initialize(wiring: Wiring, max_videos: int, progress: ProgressCallback = ignore_progress) -> IngestReport:
    """Fill a library: with what is trending on YouTube if there is a key for it, else with the demo."""
    if max_videos < 1:
        raise InvalidInputError(f"max_videos must be at least 1, not {max_videos}")
    source = "youtube" if wiring.settings.youtube_api_key else "demo"
    return ingest(wiring, source, {"max_videos": max_videos}, progress)


def ingest_from(
    wiring: Wiring, source: Source, progress: ProgressCallback = ignore_progress, *, share: float = 1.0
) -> IngestReport:
    """Add every new track of a source that is at hand; `share` as above."""
    person = person_of_stars(wiring) if isinstance(source, ServerSource) else None
    refresh_facets(wiring, progress)  # what is added from here on is up to date
    _settle_space(wiring)
    run = IngestRun(wiring, source, progress, share=share)
    try:
        report = run.execute()
    finally:
        # Also after a cancelled or failed run: what is in SQL becomes searchable.
        refresh_indexes(wiring)
        wiring.shelf.keep_up()
    if person is not None and isinstance(source, ServerSource) and source.starred is not None:
        note_stars(wiring, person, f"{source.name}:{source.server.name}", source.starred)
    return report


def _settle_space(wiring: Wiring) -> None:
    """A new library answers words in CLAP if it is installed; an old one is switched by `reindex`."""
    catalog, clap = wiring.catalog, wiring.clap
    if clap is not None and catalog.text_space() is None and not catalog.counts()["songs"]:
        clap.ensure_checked()
        catalog.set_text_space(clap.space.name)
