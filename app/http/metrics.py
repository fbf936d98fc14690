"""What Prometheus is told: counted in SQL and Redis when it asks, so that no count can drift.

Only what happens in a web process itself is counted there: requests, and
uploads that were refused. With more than one process behind one address, the
variable PROMETHEUS_MULTIPROC_DIR names a folder in which they add up.
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
    """Asks the stores."""

    def __init__(self, here: Services) -> None:
        self._here = here

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield jobs by state, what waits, workers, what painting takes, and the room that is left."""
        yield from self._jobs()
        yield self._workers()
        yield from self._pace()
        store = self._here.store
        yield _gauge("kept_bytes", "Pictures that are kept.", store.bytes_kept())
        if (left := free_bytes(self._here)) is not None:
            yield _gauge("room_bytes", "What may yet be kept, by the budget and the disk.", left)
        yield _gauge("redis_up", "Whether Redis answers.", float(self._here.live.ping()))

    def _jobs(self) -> Iterator[GaugeMetricFamily]:
        store = self._here.store
        jobs = GaugeMetricFamily("pastiche_jobs", "Jobs by state.", labels=["status"])
        for status, count in store.counts_by_status().items():
            jobs.add_metric([status.value], count)
        yield jobs
        yield _gauge("waiting", "Jobs that wait.", store.waiting())
        queued = GaugeMetricFamily("pastiche_queued", "Jobs that wait, by queue.", labels=["queue"])
        oldest = GaugeMetricFamily(
            "pastiche_oldest_wait_seconds", "For how long the oldest of them has waited.", labels=["queue"]
        )
        for queue, (count, seconds) in (dict.fromkeys(Queue, (0, 0.0)) | store.waits()).items():
            queued.add_metric([queue], count)
            oldest.add_metric([queue], seconds)
        yield queued
        yield oldest

    def _workers(self) -> GaugeMetricFamily:
        workers = GaugeMetricFamily("pastiche_workers", "Workers.", labels=["queue", "ready"])
        notes = self._here.live.workers()
        for queue, ready in sorted({(note.queue, note.problem is None) for note in notes}):
            count = sum((note.queue, note.problem is None) == (queue, ready) for note in notes)
            workers.add_metric([queue, str(ready).lower()], count)
        return workers

    def _pace(self) -> Iterator[GaugeMetricFamily]:
        if steps := self._here.store.step_seconds():
            yield _gauge("step_seconds", "Seconds a step of the last paintings: the median.", median(steps))
        if errors := self._here.store.estimate_errors():
            sentence = "By how much the last estimates were off, as a share of the time it took: the median."
            yield _gauge("estimate_error_ratio", sentence, median(errors))


class Metrics:
    """The figures of one web process, and the way to all of them.

    Attributes:
        registry: what is handed out.
        seconds: how long requests took.
        rejected: uploads that were refused, by why.
    """

    def __init__(self, here: Services, *, shared: bool) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(StudioCollector(here))
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
        self.rejected = Counter(
            "pastiche_rejected_uploads", "Uploads that were refused.", ["reason"], registry=own
        )


def _gauge(name: str, sentence: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"pastiche_{name}", sentence, value=value)
