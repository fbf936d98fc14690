"""The job cache: it reads again what can have changed, and shows a job only to its owner."""

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from app.services.job_cache import _MAX_JOBS, JobCache
from jobs.job import Job, Queue, WorkerIdentity

WORKER = WorkerIdentity(host="here", pid=1, process_started="now", queue=Queue.LONG)


@pytest.fixture
def cache() -> JobCache:
    return JobCache()


def test_a_cached_job_shows_what_has_changed(cache, submit, studio):
    job = submit()
    assert cache.job(studio.store, job.id, job.owner) == job
    claim = studio.store.leases.claim(WORKER)
    studio.store.leases.heartbeat(job.id, claim.token, step=3, progress=0.5, patience_s=9)
    assert cache.job(studio.store, job.id, job.owner) == studio.store.jobs.find(job.id)
    studio.store.wishes.steer(job.id, job.owner, job.recipe.changed(strength=80))
    assert cache.job(studio.store, job.id, job.owner).recipe.strength == 80


def test_pictures_are_not_read_again(cache, submit, studio):
    job = cache.job(studio.store, (found := submit()).id, found.owner)
    studio.store.uploads.rename(job.content.id, job.owner, "Another name")
    assert cache.job(studio.store, job.id, job.owner).content is job.content


def test_a_cached_job_is_only_for_its_owner(cache, submit, studio):
    job = submit()
    assert cache.job(studio.store, job.id, job.owner)
    assert cache.job(studio.store, job.id, "somebody else") is None
    studio.store.wishes.delete(job.id, job.owner)
    assert cache.job(studio.store, job.id, job.owner) is None


def test_the_oldest_job_is_forgotten(cache, submit):
    job = submit()

    class Jobs:
        def find(self, job_id, owner, *, known):
            self.known = known
            return replace(job, id=job_id)

    jobs = Jobs()
    store = SimpleNamespace(jobs=jobs)
    for number in range(_MAX_JOBS + 1):
        cache.job(store, str(number), job.owner)
    cache.job(store, "0", job.owner)
    assert jobs.known is None
    cache.job(store, str(_MAX_JOBS), job.owner)
    known = cast(Job, jobs.known)
    assert known.id == str(_MAX_JOBS)
