"""A machine without a network: the studio drafts and paints with what came along."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.support.postgres import VARIABLE
from tests.support.stack import ROOT

APART = ["unshare", "--net", "--map-root-user"]
"""Runs a command in a network namespace of its own, from which nothing can be reached."""


@pytest.fixture
def apart() -> None:
    """The test is skipped where it may not make a network namespace."""
    program = shutil.which(APART[0])
    if program is None or subprocess.run([*APART, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network namespace may be made here")


@pytest.mark.usefixtures("apart")
def test_a_photo_is_drafted_and_painted_without_a_network(tmp_path):
    outside = "import socket; socket.create_connection(('192.0.2.1', 80), 5)"
    refused = subprocess.run([*APART, sys.executable, "-c", outside], capture_output=True, check=False)
    assert b"Network is unreachable" in refused.stderr
    # Nor a database server: SQLite's file comes along.
    environ = {name: value for name, value in os.environ.items() if name != VARIABLE}
    ran = subprocess.run(
        [*APART, sys.executable, "-P", "-m", "tests.support.offline", str(tmp_path)],
        cwd=ROOT, env=environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert ran.stdout.splitlines()[-1] == "(341, 512) compact"
