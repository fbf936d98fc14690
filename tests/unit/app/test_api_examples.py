"""Runs the examples of docs/api.md against a real server, with a fake worker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from app.wording import STATUS_SENTENCES
from jobs.job import Result, Status
from tests.unit.app.conftest import WORKER, picture

DOCS = Path(__file__).parents[3] / "docs" / "api.md"


def example(language: str) -> str:
    return re.search(rf"```{language}\n(.*?)```", DOCS.read_text(), re.S)[1]


@pytest.fixture
def url(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run(url, tmp_path):
    """Run a program in a folder with a photo."""
    (tmp_path / "photo.png").write_bytes(picture())

    def run(*command):
        environ = {"PATH": os.environ["PATH"], "PASTICHE_URL": url}
        return subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False
        )

    return run


@pytest.fixture
def worker(studio):
    """Finish every order at once."""
    stopping = threading.Event()

    def work():
        while not stopping.wait(0.1):
            claim = studio.store.leases.claim(WORKER)
            if claim is None:
                continue
            key = f"jobs/{claim.job.id}/result.png"
            studio.media.put(key, picture(60, 40))
            result = Result(
                key=key, thumbnail_key=key, width=60, height=40, bytes=9, seconds=1.0, backbone="vgg19"
            )
            studio.store.leases.finish(claim.job.id, claim.token, result, Status.FINISHED)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stopping.set()
    thread.join()


def test_the_example_with_curl_orders_a_painting(run, studio):
    done = run("sh", "-euc", example("sh"))
    assert done.returncode == 0, done.stderr
    assert '"status":"queued"' in done.stdout.replace(" ", "")
    assert studio.store.queues.length() == 1


def test_the_example_with_python_paints_a_picture(run, worker, tmp_path):
    done = run(sys.executable, "-c", example("python"))
    assert done.returncode == 0, done.stderr
    assert f"100 % {STATUS_SENTENCES[Status.FINISHED]}" in done.stdout
    assert (tmp_path / "painted.png").read_bytes() == picture(60, 40)
