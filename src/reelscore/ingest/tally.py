"""The report of an ingest run while it grows."""

from __future__ import annotations

from dataclasses import dataclass, field

from reelscore.errors import UnreadableMediaError, UnusableAudioError
from reelscore.records import IngestReport, TrackIssue


@dataclass(slots=True)
class Tally:
    """Counts that add up: offered = added + already_known + skipped + failed, once all are settled."""

    offered: int = 0
    added: int = 0
    already_known: int = 0
    moved: int = 0
    changed: int = 0
    removed: int = 0
    recut: int = 0
    untagged: int = 0
    missing: tuple[str, ...] = ()
    skipped: list[tuple[int, TrackIssue]] = field(default_factory=list)  # with the place of the offer
    failed: list[tuple[int, TrackIssue]] = field(default_factory=list)

    @property
    def done(self) -> int:
        """How many offers are settled."""
        return self.added + self.already_known + len(self.skipped) + len(self.failed)

    def offer(self) -> int:
        """Count an offer; returns its place among them."""
        self.offered += 1
        return self.offered - 1

    def refuse(self, place: int, issue: TrackIssue) -> None:
        """Count an offer that cannot be used, or not this time."""
        unusable = issue.code in (UnusableAudioError.code, UnreadableMediaError.code)
        (self.skipped if unusable else self.failed).append((place, issue))

    def report(self, source: str, seconds: float) -> IngestReport:
        """The report as it is now, with the issues in the order of the offers."""

        def in_order(issues: list[tuple[int, TrackIssue]]) -> tuple[TrackIssue, ...]:
            return tuple(issue for _, issue in sorted(issues, key=lambda item: item[0]))

        return IngestReport(
            source=source,
            offered=self.offered,
            added=self.added,
            already_known=self.already_known,
            skipped=in_order(self.skipped),
            failed=in_order(self.failed),
            seconds=seconds,
            moved=self.moved,
            changed=self.changed,
            missing=self.missing,
            removed=self.removed,
            recut=self.recut,
            untagged=self.untagged,
        )
