"""`script/chaos --seeds 1,2,3`: many jobs and many faults; fails when something was lost.

The last line is the summary; the exit status is 1 if an invariant was broken.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.chaos.recovery import measure
from tests.chaos.run import Outcome, Plan, run

_SHARE_WITH_FAULTS = 0.8


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    if options.recovery:
        with tempfile.TemporaryDirectory(prefix="pastiche-recovery-", ignore_cleanup_errors=True) as folder:
            measure(Path(folder), options.weights or "", rounds=options.recovery, size=options.size, say=_say)
        return 0
    outcomes: list[Outcome] = []
    for seed in options.seeds:
        print(f"seed {seed}: {options.jobs} jobs, {options.faults} faults", flush=True)
        limit_s = options.minutes * 60
        plan = Plan(
            seed=seed,
            jobs=options.jobs,
            faults=options.faults,
            trouble_s=_SHARE_WITH_FAULTS * limit_s,
            limit_s=limit_s,
        )
        with tempfile.TemporaryDirectory(prefix="pastiche-chaos-", ignore_cleanup_errors=True) as folder:
            outcome = run(plan, Path(folder), _say)
        outcomes.append(outcome)
        _report(outcome)
    if options.json:
        options.json.write_text(json.dumps([asdict(outcome) for outcome in outcomes], indent=1))
    return _sum_up(outcomes)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/chaos", description=__doc__)
    parser.add_argument("--seeds", type=_seeds, default=(1,), help="the seeds, as 1,2,3 (default 1)")
    parser.add_argument("--jobs", type=int, default=100, help="the least jobs for each seed (default 100)")
    parser.add_argument("--faults", type=int, default=40, help="faults for each seed (default 40)")
    parser.add_argument("--minutes", type=float, default=10, help="the longest a seed may take (default 10)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all measurements to this file")
    clean = parser.add_argument_group("recovery, one fault at a time, instead of the above")
    clean.add_argument("--recovery", type=int, metavar="N", help="measure each fault N times")
    clean.add_argument(
        "--weights", type=Path, metavar="FILE", help="VGG19's weights (else the built-in network)"
    )
    clean.add_argument("--size", type=int, default=512, metavar="PX", help="longer side (default 512)")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(text, flush=True)


def _seeds(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _report(outcome: Outcome) -> None:
    for name, reason in sorted(outcome.skipped.items()):
        print(f"  skipped {name.replace('_', ' ')}: {reason}")
    for reason, count in sorted(outcome.retried.items()):
        print(f"  failed and tried again {count} times: {reason}")
    print(
        f"  orders refused while something was away: {outcome.refused}; "
        f"slowest taken {outcome.slowest_order_s:.1f} s"
    )
    print(recovery_table([outcome]))
    for sentence in outcome.broken:
        print(f"  BROKEN: {sentence}")
    print(outcome.line, flush=True)


def recovery_table(outcomes: Sequence[Outcome]) -> str:
    """Return, by fault, how often and how long a painting took to go on: count, median and longest."""
    by_name: dict[str, list[float]] = {}
    for harm in (harm for outcome in outcomes for harm in outcome.harms):
        by_name.setdefault(harm.name, [])
        if harm.recovery_s is not None:
            by_name[harm.name].append(harm.recovery_s)
    lines = []
    for name, seconds in sorted(by_name.items()):
        times = sorted(seconds)
        shown = (
            f"median {statistics.median(times):5.1f} s, longest {times[-1]:5.1f} s"
            if times
            else "no painting"
        )
        lines.append(f"  {name:<32} {len(times):>3} measured  {shown}")
    return "\n".join(lines)


def _sum_up(outcomes: Sequence[Outcome]) -> int:
    wrong = sum(len(outcome.broken) for outcome in outcomes)
    if len(outcomes) > 1:
        print(recovery_table(outcomes))
    jobs = sum(outcome.submitted for outcome in outcomes)
    faults = sum(len(outcome.harms) for outcome in outcomes)
    longest = max(outcome.standstill_s for outcome in outcomes)
    verdict = "all invariants held" if not wrong else f"{wrong} INVARIANTS BROKEN"
    print(
        f"chaos: {len(outcomes)} seeds, {jobs} jobs, {faults} faults: {verdict}; "
        f"longest standstill {longest:.1f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
