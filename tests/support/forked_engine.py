"""Runs `python -m engine` many times, each in a process of its own that begins with TensorFlow imported.

Importing it takes most of the time of a short command. This program imports it once,
then forks for each line of JSON on its standard input: {"argv", "cwd", "environ",
"closed", "stdout", "stderr"}. It answers with the child's id, and with its exit
status when it has ended.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class ForkedEngine:
    """Starts this program, and asks it for one process at a time."""

    def __init__(self) -> None:
        environ = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ
        )

    def start(self, argv: Sequence[str], environ: Mapping[str, str], **places: Any) -> int:
        """Start the engine; return the id of its process."""
        request = {"argv": list(argv), "environ": dict(environ), **places}
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def wait(self) -> int:
        """Wait for the process that was started last; return its exit code, negative for a signal."""
        return int(self._server.stdout.readline())

    def close(self) -> None:
        self._server.stdin.close()
        self._server.wait(10)
        self._server.stdout.close()


def _serve() -> None:
    for name in (
        "tensorflow",
        "engine.cli.main",
        "engine.feedforward.draft",
        "engine.painting",
        "engine.film",
    ):
        importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(request)
        answers.write(f"{child}\n")
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")


def _run(request: dict[str, Any]) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environ"])
    sys.argv = ["engine", *request["argv"]]
    for descriptor, path in ((0, os.devnull), (1, request["stdout"]), (2, request["stderr"])):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, descriptor)
        os.close(opened)
    encoding = request["environ"].get("PYTHONIOENCODING", "utf-8")
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, encoding=encoding, errors="strict", closefd=False)
        for number, mode in enumerate("rww")
    )
    for descriptor in request["closed"]:
        os.close(descriptor)
        setattr(sys, ("stdin", "stdout", "stderr")[descriptor], None)
    code = 1
    try:
        code = importlib.import_module("engine.__main__").run()
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
