"""What the server measures, in the form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from reelscore.api.dependencies import Services
from reelscore.errors import ReelscoreError
from reelscore.monitoring import BUCKETS, MONITOR, Monitor, Times, resident_bytes

CONTENT_TYPE = CONTENT_TYPE_LATEST


def metrics_text(services: Services) -> bytes:
    """All metrics now. If the library does not answer, `reelscore_library_up` is 0."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Process(MONITOR, services.watcher.followers))
    registry.register(_Library(services))
    return generate_latest(registry)


class _Process(Collector):
    def __init__(self, monitor: Monitor, followers: int) -> None:
        self._monitor = monitor
        self._followers = followers

    def collect(self) -> Iterator[Metric]:
        monitor = self._monitor
        yield _gauge("reelscore_resident_bytes", "Memory of this process.", resident_bytes())
        yield _gauge("reelscore_event_streams", "Event streams that are open.", self._followers)
        yield _histogram(
            "reelscore_request_seconds",
            "Time until an answer begins.",
            ("method", "route", "status"),
            ((tuple(map(str, key)), times) for key, times in monitor.requests.items()),
        )
        yield _histogram(
            "reelscore_model_seconds",
            "Time of a model, to load and for each run.",
            ("model", "stage"),
            monitor.runs.items(),
        )
        memory = GaugeMetricFamily(
            "reelscore_model_bytes", "What the process grew by when a model was loaded.", labels=["model"]
        )
        for model, size in monitor.memory.items():
            memory.add_metric([model], size)
        yield memory
        yield _histogram(
            "reelscore_job_seconds",
            "Jobs that this process ended, from their start.",
            ("kind", "state"),
            monitor.jobs.items(),
        )


class _Library(Collector):
    """What the database and the indexes say, for all processes."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("reelscore_library_up", "Whether the library could be looked at.")
        try:
            report = self._services.health.report()
        except ReelscoreError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield _gauge("reelscore_songs", "Songs of the library.", report["songs"])
        yield _labelled("reelscore_jobs", "Jobs that the library knows.", "state", report["jobs"]["states"])
        spaces = report["index"]["spaces"]
        for name, what in (("vectors", "Songs that have vectors."), ("points", "Songs in the index.")):
            rows = {row["space"]: row[name] for row in spaces if row[name] is not None}
            yield _labelled(f"reelscore_index_{name}", what, "space", rows)
        database = report["database"]
        for key, name in (("size_mb", "database"), ("free_mb", "free")):
            if database[key] is not None:
                what = "Size of the database." if name == "database" else "Room beside the library."
                yield _gauge(f"reelscore_{name}_bytes", what, database[key] * 1e6)
        left = GaugeMetricFamily(
            "reelscore_quota_left", "What is left of a service's day.", labels=["service", "unit"]
        )
        used = CounterMetricFamily(
            "reelscore_quota_used", "What was used of a service's day.", labels=["service", "unit"]
        )
        for row in report["quotas"]:
            labels = [row["service"], row["unit"]]
            used.add_metric(labels, row["used"])
            if row["left"] is not None:
                left.add_metric(labels, row["left"])
        yield left
        yield used


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _labelled(name: str, what: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _histogram(
    name: str, what: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], Times]]
) -> Metric:
    family = HistogramMetricFamily(name, what, labels=list(labels))
    for key, times in rows:
        total = 0
        buckets: list[tuple[str, float]] = []
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), times.classes, strict=True):
            total += count
            buckets.append((bound, total))
        family.add_metric(list(key), buckets, times.seconds)
    return family
