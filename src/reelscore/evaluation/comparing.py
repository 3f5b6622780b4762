"""The scores of a data set side by side: a row for each figure, a column for each space. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reelscore.evaluation.scoring import Scores


def side_by_side(scores: Sequence[Scores]) -> list[dict[str, Any]]:
    """Rows by task and figure: what every space has, and the spaces that none is surely better than.

    A space is surely worse than another one if the mean of the other lies above its interval.
    """
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for each in scores:
        for figure, interval in each.figures.items():
            rows.setdefault((each.task, figure), {})[each.subject] = interval
    table = []
    for (task, figure), found in rows.items():
        best = max(interval.mean for interval in found.values())
        table.append(
            {
                "task": task,
                "figure": figure,
                "spaces": {
                    name: {
                        "mean": round(value.mean, 4),
                        "low": round(value.low, 4),
                        "high": round(value.high, 4),
                        "count": value.count,
                    }
                    for name, value in found.items()
                },
                "among_best": [name for name, value in found.items() if value.high >= best],
            }
        )
    return table
