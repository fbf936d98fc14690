"""The order of claims: fair, and known beforehand."""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.job import Queue
from jobs.store.database import open_engine
from jobs.store.tables import metadata
from tests.support.studio_store import PAINTER, Clock, Desk


def test_visitors_take_turns(desk):
    for owner in ("ada", "ada", "ada", "bob", "eve"):
        desk.submit(owner)
    assert [desk.claim().job.owner for _ in range(5)] == ["ada", "bob", "eve", "ada", "ada"]
    desk.submit("ada")
    desk.submit("bob")
    assert desk.claim().job.owner == "bob"


def test_many_jobs_of_one_visitor_delay_another_visitor_by_one_painting(desk):
    for _ in range(20):
        desk.submit("mallory")
    desk.claim()
    job = desk.submit("ada")
    assert desk.store.queues.place(job.id) == 1


def test_a_job_that_lost_its_worker_goes_first(desk):
    half = desk.begun("ada")
    desk.submit("bob")
    desk.store.leases.hand_over(half.job.id, half.token)
    assert desk.store.queues.place(half.job.id) == 1
    assert desk.claim().job.id == half.job.id


def test_a_paused_job_leaves_the_queue_and_returns_to_its_place(desk):
    first, second = desk.submit(), desk.submit()
    desk.store.wishes.pause(first.id, "ada")
    assert desk.store.queues.place(first.id) is None
    assert desk.store.queues.place(second.id) == 1
    desk.store.wishes.resume(first.id, "ada")
    assert [desk.store.queues.place(job.id) for job in (first, second)] == [1, 2]
    assert desk.store.queues.place("0" * 32) is None


def test_queues_are_independent(desk):
    job = desk.submit(queue=Queue.QUICK)
    assert desk.store.leases.claim(PAINTER) is None
    assert desk.store.queues.place(job.id) == 1
    assert (
        desk.store.queues.length(Queue.QUICK),
        desk.store.queues.length(Queue.LONG),
        desk.store.queues.length(),
    ) == (
        1,
        0,
        1,
    )


ACTS = st.lists(
    st.tuples(st.sampled_from(["submit", "claim", "hand over", "pause"]), st.integers(0, 3)), max_size=25
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ACTS)
def test_places_match_the_order_of_claims(tmp_path_factory, acts):
    url = f"sqlite:///{tmp_path_factory.mktemp('order')}/x.db"
    engine = open_engine(url)
    metadata.create_all(engine)
    engine.dispose()
    desk = Desk(url, Clock())
    waiting, claims = set(), []
    for act, number in acts:
        if act == "submit":
            waiting.add(desk.submit("abcd"[number]).id)
        elif act == "claim" and waiting:
            claims.append(desk.claim())
            waiting.remove(claims[-1].job.id)
        elif act == "hand over" and claims:
            claim = claims.pop(number % len(claims))
            assert desk.store.leases.hand_over(claim.job.id, claim.token)
            waiting.add(claim.job.id)
        elif act == "pause" and waiting:
            job_id = sorted(waiting)[number % len(waiting)]
            assert desk.store.wishes.pause(job_id, desk.store.jobs.find(job_id).owner)
            waiting.remove(job_id)
    foretold = sorted(waiting, key=desk.store.queues.place)
    assert [desk.claim().job.id for _ in foretold] == foretold
    assert desk.store.leases.claim(PAINTER) is None
    assert Counter(foretold) == Counter(waiting)
    desk.store.close()
