"""Makes a film of how a picture was painted, from the snapshots of its job."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from engine.errors import PasticheError
from engine.film import timelapse
from engine.imaging import images
from engine.imaging.decoding import Floats
from engine.imaging.film_formats import SNAPSHOT_SIDE, FilmFormat
from jobs.films import FilmNote, film_key
from jobs.job import Job
from jobs.live import Live
from jobs.media import Media
from jobs.store import JobStore

_BROKEN = "Something in the studio broke while this film was made, and its log says what; try again."
_REPORT_S = 0.3

_log = structlog.get_logger(__name__)


class _ShutdownError(Exception):
    """The worker was asked to end."""


@dataclass(frozen=True)
class FilmMaker:
    """Makes one film at a time; lives in a worker's child, and needs no TensorFlow.

    Attributes:
        is_shutting_down: whether the worker was asked to end.
    """

    store: JobStore
    live: Live
    media: Media
    is_shutting_down: Callable[[], bool]

    def make(self, job_id: str, format: FilmFormat) -> bool:
        """Make a film unless there is one already; report its progress, or why it failed.

        Returns:
            Whether there is one now.
        """
        with structlog.contextvars.bound_contextvars(job_id=job_id):
            try:
                made = self._make(job_id, format)
            except _ShutdownError:
                made = False
            except PasticheError as exc:
                return self._fail(job_id, format, str(exc))
            except Exception:
                _log.exception("the film could not be made")
                return self._fail(job_id, format, _BROKEN)
            self.live.forget_film(job_id, format)
            return made

    def _make(self, job_id: str, format: FilmFormat) -> bool:
        job = self.store.jobs.find(job_id)
        if job is None or job.result is None:
            return False
        key = film_key(job_id, format)
        if not self.media.exists(key):
            began_at = time.monotonic()
            data = timelapse.encode_film(
                self._frames(job), format, progress=self._progress_reporter(job_id, format)
            )
            self.media.put(key, data)
            _log.info(
                "film made", format=format, bytes=len(data), seconds=round(time.monotonic() - began_at, 1)
            )
        if self.store.jobs.find(job_id) is None:
            self.media.delete(key)  # its job was deleted meanwhile, and its folder may have been swept
            return False
        return True

    def _frames(self, job: Job) -> list[timelapse.Bytes]:
        """Read what the film shows: the photo if the painting began from it, the snapshots, the result."""
        keys = [snapshot.key for snapshot in self.store.snapshots.of_job(job.id)]
        if job.recipe.start == "content":
            keys.insert(0, job.content.key)
        if job.result is None:
            raise ValueError(job.status)
        size = timelapse.film_size((job.result.height, job.result.width))
        chosen = timelapse.pick_evenly([*keys, job.result.key])
        return [timelapse.film_frame(self._read(key), size) for key in chosen]

    def _read(self, key: str) -> Floats:
        data = self.media.get(key)
        return images.read(data, min_side=1, max_side=2 * SNAPSHOT_SIDE, max_pixels=2**31).rgb

    def _progress_reporter(self, job_id: str, format: str) -> timelapse.Progress:
        reported_at = float("-inf")

        def report(share: float) -> None:
            nonlocal reported_at
            if self.is_shutting_down():
                raise _ShutdownError
            if time.monotonic() - reported_at >= _REPORT_S:
                reported_at = time.monotonic()
                self.live.report_film(job_id, format, FilmNote(state="making", progress=share))

        return report

    def _fail(self, job_id: str, format: str, sentence: str) -> bool:
        self.live.report_film(job_id, format, FilmNote(state="failed", problem=sentence))
        return False
