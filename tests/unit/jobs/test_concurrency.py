"""Many processes on one database: each job is claimed by one of them, and none is locked out."""

import itertools
import subprocess
import sys

from sqlalchemy.dialects import postgresql

from jobs.job import Queue
from jobs.store.claim_order import claim_order, places

CLAIM_ALL = """
import sys
from jobs.job import Queue, Result, Status
from jobs.processes import this_process
from jobs.store import JobStore
store = JobStore.open(sys.argv[1])
while claim := store.leases.claim(this_process("long")):
    job_id = claim.job.id
    assert store.leases.heartbeat(job_id, claim.token, step=1, progress=0.5, patience_s=9).live
    assert store.leases.keep_checkpoint(job_id, claim.token, "c", 1)
    result = Result(key="r", thumbnail_key="t", width=1, height=1, bytes=1, seconds=1, backbone="vgg19")
    assert store.leases.finish(job_id, claim.token, result, Status.FINISHED)
    print(job_id)
"""


def test_each_job_is_claimed_by_one_process(desk):
    jobs = {desk.submit("abcd"[number % 4]).id for number in range(40)}
    command = [sys.executable, "-c", CLAIM_ALL, desk.url]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    claimed = [process.communicate(timeout=60)[0].split() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sorted(itertools.chain(*claimed)) == sorted(jobs)
    for job_id in jobs:
        assert desk.event_names(job_id) == ["submitted", "claimed", "finished"]


def test_the_claim_order_is_valid_sql_for_postgresql():
    dialect = postgresql.dialect()
    assert "row_number() OVER" in str(claim_order(Queue.LONG).compile(dialect=dialect))
    assert "row_number() OVER" in str(places(Queue.LONG).select().compile(dialect=dialect))
