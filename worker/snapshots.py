"""Keeps pictures on the way: small, and evenly over the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import OperationalError

from engine.imaging import images
from engine.imaging.film_formats import FRAME_SIDE, MAX_FRAMES
from jobs.job import Frame as Kept
from jobs.job import Job

if TYPE_CHECKING:
    from engine.painting import Frame, Painting
    from worker.painter import Easel

FRAME_S = 0.25
"""A painting that is done in a moment needs no frame of each moment."""

_log = structlog.get_logger(__name__)


class Film:
    """The frames of one attempt; those of earlier attempts are not taken again.

    Args:
        easel: its stores and its clock.
        job: whose frames they are.
        token: of the claim.
    """

    def __init__(self, easel: Easel, job: Job, token: str) -> None:
        self._easel = easel
        self._job = job
        self._token = token
        self._kept_at = float("-inf")
        self._place = max((frame.place for frame in easel.store.frames(job.id)), default=-1)

    def keep(self, painting: Painting, frame: Frame) -> str | None:
        """Keep the present picture if its part of the work has none yet.

        Returns:
            The key of a file that does not count, since the job is no longer
            this worker's; else None.
        """
        place = min(MAX_FRAMES - 1, int(frame.progress * MAX_FRAMES))
        now = self._easel.clock()
        if place <= self._place or now - self._kept_at < FRAME_S or painting.finished:
            return None
        self._kept_at, self._place = now, place
        picture = painting.picture()
        if max(picture.shape[:2]) > FRAME_SIDE:
            picture = images.fit(picture, FRAME_SIDE)
        kept = Kept(
            place=place,
            step=frame.step,
            progress=frame.progress,
            key=f"jobs/{self._job.id}/{self._token}/frames/{frame.step}.jpg",
            width=picture.shape[1],
            height=picture.shape[0],
        )
        self._easel.media.put(kept.key, images.encode(picture, "jpeg", quality=88))
        try:
            counts = self._easel.store.keep_frame(self._job.id, self._token, kept)
        except OperationalError as exc:
            # Without one frame a film is as good; what lies there is swept up later.
            _log.warning("no frame could be kept", error=str(exc.orig))
            return None
        return None if counts else kept.key
