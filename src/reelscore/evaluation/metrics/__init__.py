"""Pure, cited metrics: ranking, tempo, key, diversity and their intervals. NumPy in, plain values out."""

from reelscore.evaluation.metrics.bootstrap import Interval, bootstrap_interval
from reelscore.evaluation.metrics.diversity import distinct_share, hub_share, occurrence_skewness
from reelscore.evaluation.metrics.music import (
    key_exact,
    key_mirex,
    tempo_accuracy_1,
    tempo_accuracy_2,
)
from reelscore.evaluation.metrics.ranking import (
    average_precision,
    hit_at,
    ndcg_at,
    precision_at,
    reciprocal_rank,
)

__all__ = [
    "Interval",
    "average_precision",
    "bootstrap_interval",
    "distinct_share",
    "hit_at",
    "hub_share",
    "key_exact",
    "key_mirex",
    "ndcg_at",
    "occurrence_skewness",
    "precision_at",
    "reciprocal_rank",
    "tempo_accuracy_1",
    "tempo_accuracy_2",
]
