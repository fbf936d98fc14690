"""Fetching weights at the owner's request, without a network: progress is reported, and it is done once."""

import errno
import fcntl
import os
import subprocess
from types import SimpleNamespace
from typing import cast

import pytest

from engine.backbones import weights
from engine.errors import WeightsError
from jobs.fetching import Fetch, State
from jobs.live import Live
from tests.support.studio_store import Clock
from worker.background_tasks import BackgroundTasks
from worker.fetch_weights import UNWRITABLE, fetch


class Reports:
    def __init__(self):
        self.said = []

    def report_fetch(self, said):
        self.said.append(said)


@pytest.fixture
def live():
    return Reports()


def test_progress_is_reported_but_not_for_each_piece(live, tmp_path, monkeypatch):
    clock = Clock()

    def download(*, cache, progress):
        for piece in range(1, 9):
            clock.sleep(0.2)
            progress(piece * 10, 80)
        path = cache / "vgg19.h5"
        path.write_bytes(b"x" * 80)
        return path

    monkeypatch.setattr(weights, "fetch", download)
    assert fetch(live, tmp_path / "cache", clock.monotonic)
    assert live.said[0] == Fetch(state="running")
    assert [said.bytes for said in live.said[1:-1]] == [30, 60]
    assert live.said[-1] == Fetch(state="done", bytes=80, total=80)


def test_a_failure_is_reported_with_its_reason(live, tmp_path, monkeypatch):
    def download(**_):
        raise WeightsError("The network is away.")

    monkeypatch.setattr(weights, "fetch", download)
    assert not fetch(live, tmp_path)
    assert live.said[-1] == Fetch(state="failed", problem="The network is away.")


def test_two_processes_do_not_fetch_at_once(live, tmp_path):
    with (tmp_path / "fetch.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert not fetch(live, tmp_path)
    assert live.said == []


def test_a_folder_that_cannot_be_written_is_reported(live, tmp_path):
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / "cache"
    assert not fetch(live, folder)
    problem = UNWRITABLE.format(folder=folder, reason=os.strerror(errno.ENOTDIR))
    assert live.said == [Fetch(state="failed", problem=problem)]


def test_each_request_starts_one_process():
    started: list[int] = []
    statuses: list[int | None] = [None]
    fetches: list[Fetch | None] = [None]
    live = cast(Live, SimpleNamespace(fetching=lambda: fetches[-1]))
    process = cast(subprocess.Popen[bytes], SimpleNamespace(poll=lambda: statuses[-1]))
    tasks = BackgroundTasks(live, start=lambda: started.append(1) or process)
    requests: list[tuple[State | None, int | None, int]] = [
        (None, None, 0),
        ("wanted", None, 1),
        ("wanted", None, 1),
        ("running", 0, 1),
        ("wanted", 0, 2),
    ]
    for state, status, count in requests:
        fetches.append(Fetch(state=state) if state else None)
        statuses.append(status)
        tasks.start_what_is_wanted()
        assert len(started) == count
