"""Metrics for Prometheus, counted in SQL and Redis on every scrape, so that no count can drift.

Only requests and refused uploads are counted in the web process itself. With
more than one process behind an address, the variable PROMETHEUS_MULTIPROC_DIR
names a folder where their counts are added up.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.services.quota import free_bytes
from app.services.services import Services
from jobs.job import Queue

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 3, 10)


class StudioCollector(Collector):
    """Collects metrics from the database, the media and Redis."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield metrics of jobs, queues, workers, painting times and storage."""
        yield from self._jobs()
        yield self._workers()
        yield from self._timings()
        store = self._services.store
        yield _gauge("kept_bytes", "Bytes of stored pictures.", store.owners.bytes_kept())
        if (left := free_bytes(self._services)) is not None:
            yield _gauge("room_bytes", "Bytes that may still be stored, by the budget and the disk.", left)
        yield _gauge("redis_up", "Whether Redis answers.", float(self._services.live.ping()))

    def _jobs(self) -> Iterator[GaugeMetricFamily]:
        store = self._services.store
        jobs = GaugeMetricFamily("pastiche_jobs", "Jobs by state.", labels=["status"])
        for status, count in store.queues.counts_by_status().items():
            jobs.add_metric([status.value], count)
        yield jobs
        yield _gauge("waiting", "Waiting jobs.", store.queues.length())
        queued = GaugeMetricFamily("pastiche_queued", "Waiting jobs by queue.", labels=["queue"])
        oldest = GaugeMetricFamily(
            "pastiche_oldest_wait_seconds", "How long the oldest waiting job has waited.", labels=["queue"]
        )
        for queue, (count, seconds) in (dict.fromkeys(Queue, (0, 0.0)) | store.queues.waits()).items():
            queued.add_metric([queue], count)
            oldest.add_metric([queue], seconds)
        yield queued
        yield oldest

    def _workers(self) -> GaugeMetricFamily:
        workers = GaugeMetricFamily("pastiche_workers", "Workers.", labels=["queue", "ready"])
        notes = self._services.live.workers()
        for queue, ready in sorted({(note.queue, note.problem is None) for note in notes}):
            count = sum((note.queue, note.problem is None) == (queue, ready) for note in notes)
            workers.add_metric([queue, str(ready).lower()], count)
        return workers

    def _timings(self) -> Iterator[GaugeMetricFamily]:
        if steps := self._services.store.costs.step_seconds():
            yield _gauge("step_seconds", "Seconds per step of the last paintings: the median.", median(steps))
        if errors := self._services.store.costs.estimate_errors():
            description = "Error of the last estimates, relative to the actual time: the median."
            yield _gauge("estimate_error_ratio", description, median(errors))


class Metrics:
    """The metrics of one web process, and the registry that exports all of them.

    Attributes:
        registry: the metrics that are exported.
        seconds: the duration of requests.
        rejected: refused uploads, by reason.
    """

    def __init__(self, services: Services, *, shared: bool) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(StudioCollector(services))
        own = CollectorRegistry() if shared else self.registry
        if shared:
            MultiProcessCollector(self.registry)  # type: ignore[no-untyped-call]
        self.seconds = Histogram(
            "pastiche_http_seconds",
            "Time to answer a request.",
            ["endpoint", "method", "code"],
            buckets=_BUCKETS,
            registry=own,
        )
        self.rejected = Counter("pastiche_rejected_uploads", "Refused uploads.", ["reason"], registry=own)


def _gauge(name: str, description: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"pastiche_{name}", description, value=value)
