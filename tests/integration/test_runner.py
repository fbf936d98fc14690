"""script/server's runner: what it starts, what it refuses, and that nothing of it stays."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from runner import redis_server
from runner.single_instance import RunnerError, listen
from tests.support.stack import ROOT, STOP_S, Stack, free_port, photo, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")

LISTING_RUNNER = """
import json, os, runpy, signal, sys

def list_modules(*_):
    with open({path!r} + ".part", "w") as file:
        json.dump(sorted(sys.modules), file)
    os.replace({path!r} + ".part", {path!r})

signal.signal(signal.SIGUSR1, list_modules)
runpy.run_module("runner", run_name="__main__")
"""
"""The runner, which writes down the modules that it has imported when it gets SIGUSR1."""


def test_ctrl_c_leaves_no_process(make_stack):
    stack = make_stack().start()
    names = ("redis", "worker", "drafter", "janitor", "web")
    for name in names:
        stack.process(name)
    assert stack.client().get("/").status_code == 200
    assert stack.stop(signal.SIGINT) < STOP_S
    assert stack.processes() == []
    # The last line names those that had to be killed.
    assert not any(name in stack.output[-1] for name in names), stack.output


def test_the_running_supervisor_holds_neither_the_web_nor_the_worker(make_stack, tmp_path):
    listing = tmp_path / "modules.json"
    stack = make_stack(program=("-c", LISTING_RUNNER.format(path=str(listing)))).start()
    # A child that dies is started again by code that may import more.
    janitor = stack.process("janitor")
    janitor.kill()
    until(
        lambda: any(p.pid != janitor.pid and "jobs.janitor" in p.command for p in stack.processes()), 20, "it"
    )
    stack.send_signal(signal.SIGUSR1)
    until(listing.exists, 10, "the supervisor to list its modules")
    modules = set(json.loads(listing.read_text()))
    assert {"runner.supervisor", "jobs.store", "sqlalchemy"} <= modules
    packages = {name.partition(".")[0] for name in modules}
    assert (
        packages & {"app", "flask", "werkzeug", "gunicorn", "worker", "celery", "tensorflow", "keras"}
        == set()
    )


def test_a_signal_while_it_starts_leaves_no_process(make_stack):
    stack = make_stack()
    stack.launch()
    until(stack.processes, 30, "the first child")
    assert stack.stop() < STOP_S
    assert stack.processes() == []


def test_a_runner_that_is_killed_takes_everything_along(make_stack):
    stack = make_stack().start()
    stack.kill()
    until(lambda: not stack.processes(), STOP_S, "its children to end")


def test_what_a_visitor_claims_does_not_count(stack):
    claimed = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "art.example"}
    assert f">{stack.url}/enter/" in stack.client().get("/gallery/link", headers=claimed).text


def test_a_port_in_use_is_said_in_one_line_before_anything_starts(make_stack):
    stack = make_stack()
    with socket.create_server(("127.0.0.1", stack.port)):
        runner = stack.launch()
        assert runner.wait(30) == 1
        with pytest.raises(RunnerError) as refusal, listen("127.0.0.1", stack.port):
            pass
    until(lambda: stack.output, 5, "the message")
    assert stack.output == [str(refusal.value)]
    assert str(stack.port) in stack.output[0]
    assert not (stack.data / "log").exists()


def test_a_second_studio_on_the_same_folder_is_refused_in_one_line(stack):
    second = Stack(stack.data, stack.data)
    assert second.launch().wait(30) == 1
    assert len(second.output) == 1
    assert stack.url in second.output[0]
    assert stack.client().get("/healthz").status_code == 200


@pytest.mark.parametrize("name", ["web", "janitor", "redis", "worker", "drafter"])
def test_a_child_that_dies_starts_again(stack, name):
    before = stack.process(name)
    before.kill()

    def is_back() -> bool:
        try:
            return stack.process(name).pid != before.pid
        except AssertionError:
            return False

    until(is_back, 40, f"the {name} to be back")
    # The port was open all the while: a visitor who came early was kept waiting.
    assert stack.client().get("/healthz").status_code == 200
    until(lambda: stack.client().get("/readyz").status_code == 200, 30, "readiness")
    assert any(line.startswith(f"{name} ") and "SIGKILL" in line for line in stack.output)


def test_a_redis_folder_that_cannot_be_read_is_set_aside(make_stack):
    stack = make_stack()
    aof = stack.data / "redis" / "appendonlydir"
    aof.mkdir(parents=True)
    (aof / "appendonly.aof.manifest").write_text("this is no manifest\n")
    stack.launch()
    until(lambda: (stack.data / "redis" / "appendonlydir").is_dir() and stack.output, 60, "a fresh Redis")
    assert str(stack.data / "redis") in stack.output[0]
    assert (stack.data / "redis.unreadable" / "appendonlydir").is_dir()


def test_a_restart_in_the_middle_keeps_gallery_and_painting(make_stack):
    stack = make_stack().start()
    visitor = stack.client()
    finished = visitor.order(photo(), photo("coffee"), size="64", max_steps="4")
    visitor.wait_for(finished, "finished")
    picture = visitor.download(finished)
    underway = visitor.order(photo(), photo("coffee"), size="256", max_steps="10000", scales="1")
    until(lambda: visitor.status(underway)["step"] > 2, 60, "the next to be painted")
    before = visitor.status(underway)

    assert stack.stop(signal.SIGTERM) < STOP_S
    assert stack.processes() == []
    stack.start()

    assert finished in visitor.gallery()
    assert visitor.download(finished) == picture
    until(lambda: visitor.status(underway)["step"] > before["step"], 180, "the painting to go on")
    visitor.post(f"{underway}/stop")
    visitor.wait_for(underway, "stopped")


def test_a_redis_of_ones_own_is_used_and_left_alone(make_stack, tmp_path):
    config, url = redis_server.prepare(tmp_path / "outside")
    server = subprocess.Popen(
        [redis_server.find_server(), config.name], cwd=tmp_path / "outside", stdout=subprocess.DEVNULL
    )
    try:
        until(lambda: redis_server.answers(url), 10, "Redis")
        stack = make_stack(environ={"REDIS_URL": url}).start()
        assert not any("-server" in process.command for process in stack.processes())
        with redis.Redis.from_url(url) as client:
            assert client.keys("live:worker:*")
        stack.stop()
        assert redis_server.answers(url)
    finally:
        server.kill()
        server.wait()


def test_a_redis_that_does_not_answer_is_said(make_stack):
    stack = make_stack(environ={"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"})
    assert stack.launch().wait(60) == 1
    until(lambda: any("REDIS_URL" in line for line in stack.output), 5, "the message")
    assert stack.processes() == []


@pytest.mark.parametrize("url", ["sqlite:////dev/null/no-folder.db", "nonsense", "nosuchdialect://host/name"])
def test_a_database_that_cannot_be_used_is_said(make_stack, url):
    stack = make_stack(environ={"DATABASE_URL": url})
    assert stack.launch().wait(60) == 1
    assert "DATABASE_URL" in stack.output[-1], stack.output
    assert "Traceback" not in "".join(stack.output)
    assert stack.processes() == []


def test_the_command_line_is_explained():
    script = ROOT / "script" / "server"
    assert os.access(script, os.X_OK)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "runner", "--help"],
        cwd=Path("/"),
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert all(word in done.stdout for word in ("--port", "--host", "--data", "REDIS_URL", "VGG19_WEIGHTS"))
