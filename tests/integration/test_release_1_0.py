"""A real worker goes on with what release 1.0 left: its backup, and the messages in its Redis."""

import base64
import json

import pytest

from engine.imaging import images
from jobs import backup
from jobs.drafts import DraftRequest, DraftStyle
from jobs.fallible_redis import connect
from jobs.films import film_key
from jobs.job import Queue, Status
from tests.support.release_1_0 import facts, messages, write_backup
from tests.support.stack import until
from tests.support.worker_process import Workshop

FACTS = facts("backup")
JOBS = FACTS["jobs"]


@pytest.fixture
def workshop(tmp_path, tiny_weights):
    workshop = Workshop(tmp_path / "data", tiny_weights)
    write_backup(tmp_path / "backup.tar")
    backup.restore(workshop.settings, tmp_path / "backup.tar")
    yield workshop
    workshop.close()


def leave_messages(workshop, film_of):
    """Put the messages of release 1.0 into Redis; the one that asks for a film names another job."""
    other = facts("database")["sheet_of"]
    with connect(workshop.redis.url) as client:
        for queue, raw in messages().items():
            for message in raw:
                fields = json.loads(message.replace(other, film_of))
                body = base64.b64decode(fields["body"]).decode().replace(other, film_of)
                fields["body"] = base64.b64encode(body.encode()).decode()
                client.lpush(queue, json.dumps(fields))


def test_old_messages_wake_the_workers_and_a_paused_painting_goes_on(workshop):
    store, media = workshop.store, workshop.media
    jobs = {name: store.jobs.find(was["id"]) for name, was in JOBS.items()}
    paused = jobs["paused"]
    assert (paused.status, paused.step) == (Status.PAUSED, 4)
    assert media.exists(paused.checkpoint_key)
    assert store.wishes.resume(paused.id, paused.owner)
    steered = jobs["steered"]
    draft = DraftRequest(
        visitor="ada",
        content=steered.content.key,
        styles=tuple(DraftStyle(key=style.key) for style in steered.styles),
        size=128,
    )
    assert workshop.live.request_draft(draft)
    leave_messages(workshop, film_of=steered.id)

    # Without a janitor, so that nothing else can wake the workers.
    workshop.worker(Queue.QUICK)
    workshop.worker(Queue.LONG)

    for name in ("paused", "waiting", "one_pass_waiting"):
        workshop.wait(jobs[name], "finished")
        result = workshop.job(jobs[name]).result
        assert images.read(media.get(result.key)).rgb.shape == (result.height, result.width, 3)
    done = workshop.job(paused)
    assert images.read_recipe(media.get(done.result.key)) == paused.recipe
    # It went on from its checkpoint: the steps before it were not painted again.
    steps = [snapshot.step for snapshot in store.snapshots.of_job(paused.id)]
    assert steps[:4] == JOBS["paused"]["frames"]
    assert done.result.seconds > paused.painted_s
    assert workshop.event_names(done)[-3:] == ["resumed", "claimed", "finished"]

    until(lambda: workshop.live.draft("ada", draft.id).state == "ready", 60, "the draft")
    until(lambda: media.exists(film_key(steered.id, "gif")), 60, "the film", workshop.tail())
    with connect(workshop.redis.url) as client:
        assert [client.llen(queue) for queue in messages()] == [0, 0]
    for complaint in ("Traceback", "unregistered task"):
        assert complaint not in workshop.log.read_text()
