"""What is looked at again is read anew where it can have changed, and is its owner's alone."""

from dataclasses import replace

import pytest

from app.services.job_cache import _MOST, JobCache
from jobs.job import Queue, WorkerIdentity

WORKER = WorkerIdentity(host="here", pid=1, process_started="now", queue=Queue.LONG)


@pytest.fixture
def glances() -> JobCache:
    return JobCache()


def test_a_second_look_sees_what_has_changed(glances, submit, studio):
    job = submit()
    assert glances.job(studio.store, job.id, job.owner) == job
    claim = studio.store.claim(WORKER)
    studio.store.heartbeat(job.id, claim.token, step=3, progress=0.5, patience_s=9)
    assert glances.job(studio.store, job.id, job.owner) == studio.store.job(job.id)
    studio.store.steer(job.id, job.owner, job.recipe.changed(strength=80))
    assert glances.job(studio.store, job.id, job.owner).recipe.strength == 80


def test_pictures_are_not_read_again(glances, submit, studio):
    job = glances.job(studio.store, (found := submit()).id, found.owner)
    studio.store.rename_upload(job.content.id, job.owner, "Another name")
    assert glances.job(studio.store, job.id, job.owner).content is job.content


def test_what_is_remembered_is_still_its_owners_alone(glances, submit, studio):
    job = submit()
    assert glances.job(studio.store, job.id, job.owner)
    assert glances.job(studio.store, job.id, "somebody else") is None
    studio.store.delete(job.id, job.owner)
    assert glances.job(studio.store, job.id, job.owner) is None


def test_it_does_not_remember_for_ever(glances, submit):
    job = submit()

    class Store:
        def job(self, job_id, owner, *, known):
            self.known = known
            return replace(job, id=job_id)

    store = Store()
    for number in range(_MOST + 1):
        glances.job(store, str(number), job.owner)
    glances.job(store, "0", job.owner)
    assert (store.known,) == (None,)
    glances.job(store, str(_MOST), job.owner)
    assert store.known.id == str(_MOST)
