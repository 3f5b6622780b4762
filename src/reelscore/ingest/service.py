"""Fill the catalogue from a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reelscore.ingest.run import IngestRun
from reelscore.library.backfill import refresh_facets
from reelscore.library.index_sync import refresh_indexes
from reelscore.records import IngestReport, ProgressCallback, ignore_progress
from reelscore.sources.base import Source
from reelscore.wiring import Wiring


class IngestionService:
    """Brings music into the catalogue.

    Parameters
    ----------
    wiring
        The library to fill.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    def ingest(
        self,
        source: str,
        options: Mapping[str, Any] | None = None,
        progress: ProgressCallback = ignore_progress,
    ) -> IngestReport:
        """Add every new track of a source.

        A track that cannot be used is a line of the report with its reason, and never stops the run.
        Where `progress` raises CancelledError, what was analysed until then is kept.

        Parameters
        ----------
        source
            Name of the source, such as "folder" or "itunes".
        options
            What the source needs, such as {"paths": [...]}.
        """
        return self.ingest_from(self._wiring.source(source, options or {}), progress)

    def ingest_from(self, source: Source, progress: ProgressCallback = ignore_progress) -> IngestReport:
        """Add every new track of a source that is at hand."""
        refresh_facets(self._wiring, progress)  # what is added from here on is up to date
        self._settle_space()
        run = IngestRun(self._wiring, source, progress)
        try:
            return run.execute()
        finally:
            # Also after a cancelled or failed run: what is in SQL becomes searchable.
            refresh_indexes(self._wiring)

    def _settle_space(self) -> None:
        """A new library answers words in CLAP where it is installed; an old one is switched by `reindex`."""
        catalog, clap = self._wiring.catalog, self._wiring.clap
        if clap is not None and catalog.text_space() is None and not catalog.counts()["songs"]:
            clap.ensure_checked()
            catalog.set_text_space(clap.space.name)
