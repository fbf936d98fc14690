"""The states of a job under random actions: only legal changes, and only by owner and worker."""

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from sqlalchemy import select

from jobs.job import DONE, LEGAL, Status
from jobs.store import MAX_ATTEMPTS
from jobs.store.database import open_engine
from jobs.store.tables import jobs, metadata
from tests.support.studio_store import PAINTER, Clock, Desk, result

OWNER_ASKS = ["stop", "cancel", "pause", "resume", "retry"]


class Studio(RuleBasedStateMachine):
    """Owners, workers (also with lost leases) and a janitor, acting at random."""

    ids = Bundle("ids")
    claims = Bundle("claims")
    folder: pytest.TempPathFactory | None = None

    def __init__(self):
        super().__init__()
        url = f"sqlite:///{self.folder.mktemp('states')}/x.db"
        engine = open_engine(url)
        metadata.create_all(engine)
        engine.dispose()
        self.desk = Desk(url, Clock())
        self.store = self.desk.store
        self.states = {}
        self.holders = {}
        self.finished = set()

    def teardown(self):
        self.store.close()

    @rule(target=ids)
    def submit(self):
        job = self.desk.submit()
        self.states[job.id] = Status.QUEUED
        return job.id

    @rule(target=claims)
    def claim(self):
        claim = self.store.leases.claim(PAINTER)
        if claim is None:
            return multiple()
        assert self.states[claim.job.id] is Status.QUEUED
        self.holders[claim.job.id] = claim.token
        return claim

    @rule(job_id=ids, ask=st.sampled_from(OWNER_ASKS))
    def ask(self, job_id, ask):
        before = self.store.jobs.find(job_id)
        took = getattr(self.store.wishes, ask)(job_id, "ada")
        after = self.store.jobs.find(job_id)
        assert took or before == after

    @rule(claim=claims)
    def beat(self, claim):
        wishes = self.desk.beat(claim)
        assert wishes.live == self.holds(claim)
        if wishes.live:
            job = self.store.jobs.find(claim.job.id)
            assert (wishes.stop, wishes.pause) == (job.stop_requested, job.pause_requested)

    @rule(claim=claims, step=st.integers(1, 5))
    def keep(self, claim, step):
        key = f"{claim.token}-{step}"
        assert self.store.leases.keep_checkpoint(claim.job.id, claim.token, key, step) == self.holds(claim)

    @rule(claim=claims, how=st.sampled_from(["finish", "stop", "fail", "hand over"]))
    def end(self, claim, how):
        held = self.holds(claim)
        at = claim.job.id, claim.token
        took = {
            "finish": lambda: self.store.leases.finish(*at, result(claim), Status.FINISHED),
            "stop": lambda: self.store.leases.finish(*at, result(claim), Status.STOPPED),
            "fail": lambda: self.store.leases.fail(*at, "A sentence."),
            "hand over": lambda: self.store.leases.hand_over(*at),
        }[how]()
        assert took == held
        if took and how in ("finish", "stop"):
            assert claim.job.id not in self.finished
            self.finished.add(claim.job.id)

    @rule(claim=consumes(claims))
    def lose(self, claim):
        if self.holds(claim):
            assert self.desk.lost(claim)

    def holds(self, claim):
        job = self.store.jobs.find(claim.job.id)
        return job.status is Status.PAINTING and self.holders[claim.job.id] == claim.token

    def rows(self):
        with self.store.engine.connect() as connection:
            return connection.execute(select(jobs)).all()

    @invariant()
    def only_legal_changes(self):
        for job in self.rows():
            before = self.states[job.id]
            # A rule makes at most two changes: painting, queued, paused.
            steps = {before} | LEGAL[before] | {after for via in LEGAL[before] for after in LEGAL[via]}
            assert job.status in steps
            self.states[job.id] = Status(job.status)
            assert (job.result_key is not None) == (job.status in DONE)
            assert (job.reason is not None) == (job.status == Status.FAILED)
            assert 0 <= job.attempts <= MAX_ATTEMPTS
            assert (job.finished_at is not None) == (
                not LEGAL[Status(job.status)] or job.status == Status.FAILED
            )
            if job.status in (Status.CANCELLED, *DONE):
                assert job.checkpoint_key is None

    @invariant()
    def only_what_is_painted_has_a_lease(self):
        painting = {job_id for job_id, status in self.states.items() if status is Status.PAINTING}
        assert {lease.job_id for lease in self.store.leases.held()} == painting


def test_states_change_only_as_they_may(tmp_path_factory):
    Studio.folder = tmp_path_factory
    Studio.TestCase.settings = settings(
        max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    Studio.TestCase("runTest").runTest()


def test_a_finished_job_stays_finished():
    assert {status for status, after in LEGAL.items() if not after} == {*DONE, Status.CANCELLED}
    assert LEGAL.keys() == set(Status)
