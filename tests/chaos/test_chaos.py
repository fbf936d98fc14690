"""A minute of chaos (`script/chaos` does it at length), and a check that violations would be noticed."""

import sys
from dataclasses import replace

import pytest

from tests.chaos.audit import Row, violations
from tests.chaos.run import Plan, run

CLAIMED = Row(10.0, 1, "j", "queued", "painting", None, "t", 0, 0, None, None, 0, None)
FINISHED = Row(12.0, 2, "j", "painting", "finished", "t", None, 5, 5, None, None, 0, "jobs/j/t/result.png")


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_a_minute_of_faults_loses_nothing(tmp_path, capsys):
    with capsys.disabled():
        outcome = run(Plan(seed=1, jobs=8, faults=5, trouble_s=35, limit_s=150), tmp_path, lambda _: None)
        print(f" {outcome.line}")
    assert outcome.broken == []
    assert outcome.submitted > 0


def test_normal_changes_violate_nothing():
    assert violations([CLAIMED, FINISHED], {"j"}, {"j": "finished"}) == []


@pytest.mark.parametrize(
    ("rows", "submitted", "statuses", "violation"),
    [
        ([], {"j"}, {}, "lost"),
        ([CLAIMED], {"j"}, {"j": "painting"}, "left painting"),
        ([CLAIMED, FINISHED, FINISHED], {"j"}, {"j": "finished"}, "finished 2 times"),
        ([replace(FINISHED, result="jobs/j/other/result.png")], {"j"}, {"j": "finished"}, "another attempt"),
        ([replace(CLAIMED, old_status="finished")], {"j"}, {"j": "finished"}, "finished became painting"),
        (
            [replace(CLAIMED, old_status="painting", old_token="t", checkpoint="jobs/j/stale/c.npz")],
            {"j"},
            {"j": "finished"},
            "a checkpoint of another attempt",
        ),
    ],
)
def test_each_violation_is_noticed(rows, submitted, statuses, violation):
    assert any(violation in sentence for sentence in violations(rows, submitted, statuses))
