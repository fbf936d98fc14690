"""Standard streams that are closed, full, or of a terminal that lacks some letters."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli import streams

ROOT = Path(__file__).parents[3]
PYTHON = f"{sys.executable} -m engine"


def shell(command: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"} | environ
    return subprocess.run(["bash", "-c", command], capture_output=True, env=environment, check=False)


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_help_is_shown_on_every_terminal(encoding):
    done = shell(f"{PYTHON} paint --help", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode(encoding).startswith("usage: ")
    assert b"\\u" not in done.stdout


def test_wrong_arguments_are_said_on_every_terminal():
    done = shell(f"{PYTHON} paint --size 9 “x” y", PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr[:10]) == (2, b"pastiche: ")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_closed_streams_do_not_change_the_result(closed, tmp_path):
    (tmp_path / "r.json").write_text("{}")
    assert shell(f"cd {tmp_path}; {PYTHON} inspect r.json {closed}").returncode == 0
    assert shell(f"cd {tmp_path}; {PYTHON} inspect none.json {closed}").returncode == 1


def test_a_result_that_cannot_be_printed_is_an_error():
    done = shell(f"{PYTHON} --version >/dev/full")
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


def test_odd_names_do_not_act_on_the_terminal():
    assert streams.visible("a\x1b[2J\nb “é” 鯨") == "a\\x1b[2J\\nb “é” 鯨"


def test_a_broken_stream_is_written_to_without_an_error():
    closed = io.StringIO()
    closed.close()
    stream = streams.forgiving(closed)
    assert stream.write("x") == 1
    stream.flush()
