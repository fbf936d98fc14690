"""A cache of the paintings that pages poll, so that little of them is read again."""

from __future__ import annotations

import threading

from cachetools import LRUCache

from jobs.job import Job
from jobs.store import JobStore

_MAX_JOBS = 500


class JobCache:
    """Remembers recently polled jobs; safe to share between threads."""

    def __init__(self) -> None:
        self._jobs: LRUCache[str, Job] = LRUCache(_MAX_JOBS)
        self._lock = threading.Lock()

    def job(self, store: JobStore, job_id: str, owner: str) -> Job | None:
        """Return an owner's job; only the names of its pictures may be out of date."""
        with self._lock:
            known = self._jobs.get(job_id)
        found = store.jobs.find(job_id, owner, known=known)
        if found is not None:
            with self._lock:
                self._jobs[job_id] = found
        return found
