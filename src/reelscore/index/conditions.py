"""What a filter demands, in the words of an engine: said once for Qdrant Edge and for a Qdrant server.

The two have the same conditions under different names; a `Dialect` knows the names of one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol, TypeVar

from reelscore.filters.facets import FACETS_VERSION, VERSION_FIELD, Clause

Condition = TypeVar("Condition")
Filter_co = TypeVar("Filter_co", covariant=True)

# Met by the songs whose facets are those of this version.
CURRENT = Clause(VERSION_FIELD, terms=(str(FACETS_VERSION),))


class Dialect(Protocol[Condition, Filter_co]):
    """The conditions of one engine."""

    def any_of(self, field: str, terms: Sequence[str]) -> Condition:
        """The field has one of the terms."""
        ...

    def within(self, field: str, low: float | None, high: float | None) -> Condition:
        """The field is a number of at least `low` and at most `high`."""
        ...

    def one_of(self, ids: Collection[Any]) -> Condition:
        """The point is one of these."""
        ...

    def either(self, conditions: Sequence[Condition]) -> Condition:
        """One of the conditions is met."""
        ...

    def filter(self, met: Sequence[Condition], unmet: Sequence[Condition]) -> Filter_co:
        """All of `met` are met, and none of `unmet`."""
        ...


def points_filter(
    dialect: Dialect[Condition, Filter_co],
    demands: Collection[Clause],
    hidden: Collection[str] = (),
    *,
    among: Collection[Any] = (),
) -> Filter_co | None:
    """The points that meet every clause and are not among the hidden ids; None for all points.

    `among`: only these ids, if any are given.
    """
    if not demands and not hidden and not among:
        return None
    met = [_condition(dialect, clause) for clause in demands if not clause.negated]
    unmet = [_condition(dialect, clause) for clause in demands if clause.negated]
    if among:
        met.append(dialect.one_of(among))
    if hidden:
        unmet.append(dialect.one_of(hidden))
    return dialect.filter(met, unmet)


class Scored(Protocol):
    """A point that was found."""

    @property
    def score(self) -> float:
        """How near it is."""
        ...


Point = TypeVar("Point", bound=Scored)


def find_with_equals(
    search: Callable[[Sequence[int], int, bool], Sequence[Sequence[Point]]],
    count: int,
    wanted: int,
    *,
    points: int,
    filtered: bool,
    approximate_from: int,
) -> list[Sequence[Point]]:
    """For each of `count` vectors the `wanted` nearest points and those that equal the last of them.

    Which of several equal songs fall off the end is an engine's whim, so that all of them must be seen to be
    ordered by id.

    Parameters
    ----------
    search
        Gives that many points for each of the numbered vectors, best first, exactly or not.
    points
        About how many there are: from `approximate_from` on, if neither a filter nor a tenth of them or
        more is asked for, the approximate index answers.
    """
    results: dict[int, Sequence[Point]] = {}
    due, ask = list(range(count)), wanted + 1
    while due:
        exact = filtered or points < approximate_from or ask * 10 >= points
        for place, found in zip(due, search(due, ask, exact), strict=True):
            if len(found) < ask or found[-1].score < found[wanted - 1].score:
                results[place] = found
        due, ask = [place for place in due if place not in results], ask * 2
    return [results[place] for place in range(count)]


def _condition(dialect: Dialect[Condition, Any], clause: Clause) -> Condition:
    if not clause.spans:
        return dialect.any_of(clause.field, clause.terms)
    spans = [dialect.within(clause.field, low, high) for low, high in clause.spans]
    return spans[0] if len(spans) == 1 else dialect.either(spans)
