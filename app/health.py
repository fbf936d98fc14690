"""Signs of life, for whoever runs the studio and for the programs that watch it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from werkzeug.wrappers import Response as AnyResponse

from app.studio import Studio, studio

blueprint = Blueprint("health", __name__)

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 3, 10)


class StudioCollector(Collector):
    """Counts jobs and workers when it is asked, so that no count can drift."""

    def __init__(self, here: Studio) -> None:
        self._here = here

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield jobs by state, those waiting, workers by whether they can paint, the estimates' error."""
        jobs = GaugeMetricFamily("pastiche_jobs", "Jobs by state.", labels=["status"])
        for status, count in self._here.store.counts_by_status().items():
            jobs.add_metric([status.value], count)
        yield jobs
        yield GaugeMetricFamily("pastiche_waiting", "Jobs that wait.", value=self._here.store.waiting())
        workers = GaugeMetricFamily("pastiche_workers", "Workers.", labels=["kind", "ready"])
        notes = self._here.live.workers()
        for kind, ready in sorted({(note.kind, note.problem is None) for note in notes}):
            count = sum((note.kind, note.problem is None) == (kind, ready) for note in notes)
            workers.add_metric([kind, str(ready).lower()], count)
        yield workers
        if errors := self._here.store.estimate_errors():
            yield GaugeMetricFamily(
                "pastiche_estimate_error_ratio",
                "By how much the last estimates were off, as a share of the time it took: the median.",
                value=median(errors),
            )


def configure_health(app: Flask, here: Studio) -> None:
    """Time every request, and answer the programs that watch."""
    registry = CollectorRegistry()
    registry.register(StudioCollector(here))
    seconds = Histogram(
        "pastiche_http_seconds",
        "Time to answer a request.",
        ["endpoint", "method", "code"],
        buckets=_BUCKETS,
        registry=registry,
    )

    @app.before_request
    def start() -> None:
        g.started = time.monotonic()

    @app.after_request
    def stop(response: AnyResponse) -> AnyResponse:
        if "started" in g:
            labels = request.endpoint or "none", request.method, str(response.status_code)
            seconds.labels(*labels).observe(time.monotonic() - g.started)
        return response

    app.extensions["pastiche_metrics"] = registry
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def alive() -> Response:
    """Say that this process answers."""
    return jsonify(alive=True)


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Ask Redis, SQL and media, and say which of them answer."""
    here = studio()
    asked: dict[str, Callable[[], object]] = {
        "redis": here.live.ping,
        "sql": here.store.ping,
        "media": here.media.ping,
    }
    answers = {name: _answers(name, ask) for name, ask in asked.items()}
    return jsonify(ready=all(answers.values()), **answers), 200 if all(answers.values()) else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Hand out the figures in Prometheus's text format."""
    return Response(
        generate_latest(current_app.extensions["pastiche_metrics"]), content_type=CONTENT_TYPE_LATEST
    )


def _answers(name: str, ask: Callable[[], object]) -> bool:
    try:
        return ask() is not False
    except Exception as exc:  # whatever is wrong with it, it does not answer
        current_app.logger.warning("not ready: %s: %s", name, exc)
        return False
