import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest

from runner.processes import Child, stop

SLEEP = "import time; time.sleep(60)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEP}"


@pytest.fixture
def make_child(tmp_path):
    children: list[Child] = []

    def make(script: str, **options) -> Child:
        name = options.pop("name", f"child{len(children)}")
        child = Child(
            name=name,
            command=[sys.executable, "-c", script],
            environ=dict(os.environ),
            folder=tmp_path,
            log=tmp_path / f"{name}.log",
            **options,
        )
        children.append(child)
        child.start()
        return child

    yield make
    for child in children:
        child.kill()


def eventually(holds, limit_s: float = 30) -> bool:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie that nobody has collected yet runs no more.
    return not Path("/proc/self").exists() or ") Z " not in Path(f"/proc/{pid}/stat").read_text()


def test_what_a_child_prints_goes_to_its_log(make_child):
    child = make_child("import sys; print('one'); print('two', file=sys.stderr)")
    assert eventually(lambda: not child.alive)
    assert {"one", "two"} <= set(child.log_tail().splitlines())


def test_a_dead_child_restarts_later_each_time(make_child):
    child = make_child("raise SystemExit(3)")
    assert eventually(lambda: not child.alive)
    first = child.restart_if_dead()
    assert child.name in first
    assert re.findall(r"\b3\b|[\d.]+ s\b", first.partition(";")[0]) == ["3", "0.5 s"]
    assert child.restart_if_dead() is None, "its delay is not over"
    assert eventually(lambda: child.restart_if_dead() is None and child.alive)
    assert eventually(lambda: not child.alive)
    assert re.findall(r"[\d.]+ s\b", child.restart_if_dead()) == ["1 s"]


def test_a_killed_child_is_reported_by_its_signal(make_child):
    child = make_child(SLEEP)
    child._process.kill()
    assert eventually(lambda: not child.alive)
    assert "SIGKILL" in child.restart_if_dead()


def test_a_dead_childs_own_children_do_not_outlive_it(make_child, tmp_path):
    child = make_child(
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\n"
        "open('pid.part', 'w').write(str(p.pid)); import os; os.rename('pid.part', 'pid'); time.sleep(60)"
    )
    assert eventually((tmp_path / "pid").exists)
    grandchild = int((tmp_path / "pid").read_text())
    child._process.kill()
    assert eventually(lambda: not child.alive)
    child.restart_if_dead()
    assert eventually(lambda: not is_running(grandchild))


def test_children_stop_stage_by_stage(make_child, tmp_path):
    script = (
        "import signal, sys, time\n"
        "def end(*_):\n    time.sleep(0.3); open('order', 'a').write(sys.argv[0] and NAME); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('ready', flush=True); time.sleep(60)"
    )
    first, second = (make_child(script.replace("NAME", repr(name)), name=name) for name in ("a", "b"))
    assert eventually(lambda: "ready" in first.log_tail() and "ready" in second.log_tail())
    assert stop([first], [second]) == []
    assert (tmp_path / "order").read_text() == "ab"


def test_a_child_that_does_not_stop_is_killed_after_its_patience(make_child):
    child = make_child(DEAF, patience_s=0.5)
    assert eventually(lambda: "deaf" in child.log_tail())
    began = time.monotonic()
    assert stop([child]) == [child.name]
    assert time.monotonic() - began < 30, "it would have run on for a minute"
    assert not child.alive


def test_a_second_signal_ends_the_waiting(make_child):
    child = make_child(DEAF, patience_s=60)
    assert eventually(lambda: "deaf" in child.log_tail())
    began = time.monotonic()
    stop([child], hurry=lambda: True)
    assert time.monotonic() - began < 30


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_children_end_with_a_parent_that_is_killed(tmp_path):
    pid_file = tmp_path / "pid"
    script = (
        "import os, sys, time; from pathlib import Path; from runner.processes import Child\n"
        f"child = Child(name='c', command=[sys.executable, '-c', {SLEEP!r}], environ=dict(os.environ),"
        f" folder=Path('.'), log=Path({str(tmp_path / 'c.log')!r})); child.start()\n"
        f"Path({str(pid_file)!r}).write_text(str(child._process.pid)); time.sleep(60)"
    )
    parent = os.spawnve(os.P_NOWAIT, sys.executable, [sys.executable, "-c", script], dict(os.environ))
    assert eventually(lambda: pid_file.exists() and pid_file.read_text())
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert eventually(lambda: not is_running(int(pid_file.read_text())))


def test_niceness_lowers_the_priority(make_child, tmp_path):
    child = make_child("import os; print(os.nice(0))", niceness=7)
    assert eventually(lambda: not child.alive)
    assert int(child.log_tail()) >= 7


def test_a_long_log_is_moved_aside_and_continued(make_child, monkeypatch):
    monkeypatch.setattr("runner.processes._MAX_LOG_BYTES", 100)
    child = make_child(
        "import sys\nprint('x' * 200, flush=True)\nfor _ in iter(sys.stdin.readline, ''): pass"
    )
    assert eventually(lambda: child.log.stat().st_size > 100)
    child.trim_log()
    assert child.log.stat().st_size == 0
    assert child.log.with_suffix(".log.1").read_text() == "x" * 200 + "\n"
