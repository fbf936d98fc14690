"""What its owner has removed appears in no query that names the owner, whatever queries there will be."""

import inspect

import pytest
from sqlalchemy import update

from jobs.job import Status
from jobs.kinds import VARIATION
from jobs.store import OrderError
from jobs.store.rows import Base
from jobs.store.tables import jobs
from tests.support.studio_store import result

ADA = "ada"


class Scene:
    """One finished painting, and a job that continues it and waits to be asked about."""

    def __init__(self, desk, state):
        self.desk, self.store = desk, desk.store
        self.parent = self.paint(desk.submit())
        self.bytes_of_others = desk.store.owners.bytes_kept(ADA) + 200  # with the uploads of the job
        kind = VARIATION if state == "variation" else None
        self.job = desk.submit(parent_id=self.parent.id, token="again", kind=kind)
        self.store.uploads.rename(self.job.styles[0].id, ADA, "Its own style")
        if state in ("finished", "variation"):
            self.paint(self.job)
        elif state == "continued":
            self.paint(self.job)
            self.child = desk.submit(parent_id=self.job.id)
        elif state == "paused":
            self.store.wishes.pause(self.job.id, ADA)
        elif state == "painting":
            desk.claim()
        elif state == "failed":
            self.store.leases.fail(self.job.id, desk.claim().token, "A sentence.")

    def paint(self, job):
        claim = self.desk.claim()
        assert self.store.leases.finish(job.id, claim.token, result(claim), Status.FINISHED)
        return job

    def continued(self):
        try:
            return self.desk.submit(parent_id=self.job.id)
        except OrderError:
            return None

    def found(self):
        return self.job.id in [job.id for job in self.store.gallery.search(ADA)]


def wish(name):
    return lambda scene: getattr(scene.store.wishes, name)(scene.job.id, ADA)


# For each method a state of the job in which the method sees it.
SEES_JOB = {
    "jobs.submit": ("finished", Scene.continued),
    "jobs.by_order": ("finished", lambda scene: scene.store.jobs.by_order(ADA, "again")),
    "jobs.find": ("finished", lambda scene: scene.store.jobs.find(scene.job.id, ADA)),
    "jobs.active": ("queued", lambda scene: scene.store.jobs.active(ADA)),
    "jobs.ancestors": ("continued", lambda scene: scene.store.jobs.ancestors(scene.child)),
    "jobs.children": ("finished", lambda scene: scene.store.jobs.children(scene.parent)),
    "jobs.variations": ("variation", lambda scene: scene.store.jobs.variations(scene.parent)),
    "wishes.stop": ("painting", wish("stop")),
    "wishes.cancel": ("queued", wish("cancel")),
    "wishes.pause": ("queued", wish("pause")),
    "wishes.resume": ("paused", wish("resume")),
    "wishes.retry": ("failed", wish("retry")),
    "wishes.delete": ("finished", wish("delete")),
    "wishes.steer": ("queued", lambda scene: scene.store.wishes.steer(scene.job.id, ADA, scene.job.recipe)),
    "queues.of_owner": ("queued", lambda scene: scene.store.queues.of_owner(ADA)),
    "queues.reorder": ("queued", lambda scene: scene.store.queues.reorder(scene.job.id, ADA, 0)),
    "gallery.search": ("finished", Scene.found),
    "gallery.style_names": (
        "finished",
        lambda scene: "Its own style" in scene.store.gallery.style_names(ADA),
    ),
    "gallery.write_label": ("finished", lambda scene: scene.store.gallery.write_label(scene.job.id, ADA)),
    "gallery.share": ("finished", lambda scene: scene.store.gallery.share(scene.job.id, ADA, shared=True)),
    "gallery.remove": ("finished", lambda scene: scene.store.gallery.remove([scene.job.id], ADA)[0]),
    "owners.bytes_kept": (
        "finished",
        lambda scene: scene.store.owners.bytes_kept(ADA) > scene.bytes_of_others,
    ),
    "owners.waiting": ("queued", lambda scene: scene.store.owners.waiting(ADA)),
}
SEES_UPLOAD = {
    "uploads.in_role": lambda desk, style: desk.store.uploads.in_role(ADA, "style"),
    "uploads.stage": lambda desk, style: desk.upload(ADA, "style", sha256=style.sha256).id == style.id,
    "uploads.retire": lambda desk, style: desk.store.uploads.retire(style.id, ADA),
}
SEES_WHAT_WAS_REMOVED = {
    "gallery.restore",
    "uploads.restore",
    "uploads.find",  # paintings go on showing the pictures that they were made from
    "uploads.rename",
    "owners.erase",
}
ABOUT_KEYS = {"owners.key_serial", "owners.revoke_keys"}


@pytest.mark.parametrize("is_removed", [False, True])
@pytest.mark.parametrize("method", SEES_JOB)
def test_a_job_in_the_bin_is_seen_by_none(desk, method, is_removed):
    state, ask = SEES_JOB[method]
    scene = Scene(desk, state)
    if is_removed:
        # Only what is done can be moved there, so this is not done with `gallery.remove`.
        removal = update(jobs).where(jobs.c.id == scene.job.id).values(removed_at=desk.clock.now())
        with desk.store.engine.begin() as connection:
            connection.execute(removal)
    assert bool(ask(scene)) is not is_removed


@pytest.mark.parametrize("is_retired", [False, True])
@pytest.mark.parametrize("method", SEES_UPLOAD)
def test_a_retired_upload_is_offered_by_none(desk, method, is_retired):
    style = desk.upload(ADA, "style")
    if is_retired:
        desk.store.uploads.retire(style.id, ADA)
    assert bool(SEES_UPLOAD[method](desk, style)) is not is_retired


def test_every_method_that_names_an_owner_is_tried(desk):
    methods = {
        f"{name}.{method}"
        for name, store in vars(desk.store).items()
        if isinstance(store, Base)
        for method, function in inspect.getmembers(store, inspect.ismethod)
        if not method.startswith("_")
        and {"owner", "job", "order"} & {*inspect.signature(function).parameters}
    }
    assert methods == {*SEES_JOB, *SEES_UPLOAD, *SEES_WHAT_WAS_REMOVED, *ABOUT_KEYS}
