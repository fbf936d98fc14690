"""`python -m jobs.password`, without a terminal and at one."""

import getpass
import io
import subprocess
import sys
from pathlib import Path

import pytest

from jobs import password

ROOT = Path(__file__).parents[3]
GIVEN = "correct horse"


def run(given: str | None, redirection: str = "") -> subprocess.CompletedProcess[str]:
    # In a session of its own it has no terminal to fall back on.
    return subprocess.run(
        ["bash", "-c", f"{sys.executable} -m jobs.password {redirection}"],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        start_new_session=True,
    )


@pytest.mark.parametrize("given", [f"{GIVEN}\n", GIVEN, f"{GIVEN}\r\nanother line\n"])
def test_it_is_read_from_a_pipe(given):
    done = run(given)
    assert (done.returncode, done.stderr) == (0, "")
    name, _, hashed = done.stdout.strip().partition("=")
    assert name == "PASSWORD_HASH"
    assert password.matches(GIVEN, hashed)


@pytest.mark.parametrize(
    ("given", "redirection"), [("", ""), ("short\n", ""), (None, "</dev/null"), ("", "<&-")]
)
def test_without_one_there_is_a_sentence(given, redirection):
    done = run(given, redirection)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert done.stderr


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([GIVEN, GIVEN], 0),
        ([GIVEN, "another"], 1),
        (["short"], 1),
        ([EOFError()], 1),
        ([KeyboardInterrupt()], 1),
    ],
)
def test_a_terminal_is_asked_twice(answers, code, monkeypatch, capsys):
    def answer(_prompt):
        given = answers.pop(0)
        if isinstance(given, BaseException):
            raise given
        return given

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", answer)
    assert password.main() == code
    assert bool(capsys.readouterr().out) == (code == 0)
