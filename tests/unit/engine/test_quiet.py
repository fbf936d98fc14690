"""What TensorFlow says of itself while it is imported is not seen; what goes wrong is."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.quiet import BANNER

ROOT = Path(__file__).parents[3]
REMARK = "I0000 00:00:1796075311.805847   10393 port.cc:153] oneDNN custom operations are on."
WARNING = "W0000 00:00:1796075311.805847   10393 gpu.cc:1] a library is missing"
ERROR = "E0000 00:00:1796075311.805847   10393 cuda.cc:1] no driver"
FATAL = "F0000 00:00:1796075311.805847   10393 cpu.cc:1] compiled to use AVX instructions"


@pytest.fixture
def importing(tmp_path):
    """Import, quietly, a module of that name that does something else; return what standard error shows."""

    def importing(body: str, first: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "tensorflow.py").write_text(f"import os, sys\n{body}\n")
        then = "from engine.quiet import load_tensorflow; load_tensorflow()"
        last = "" if first else "os.write(2, b'after')"
        program = f"import os\n{first}\n{then}\n{last}"
        return subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": f"{tmp_path}:{ROOT}", **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return importing


def natively(*lines: str) -> str:
    """Write as native code does, past Python's own stream."""
    return "; ".join(f"os.write(2, {line!r}.encode() + b'\\n')" for line in lines)


def test_remarks_are_hidden_and_all_else_is_seen_in_order(importing):
    done = importing(natively(BANNER, REMARK, "something else", WARNING) + "\nprint('ours', file=sys.stderr)")
    assert done.returncode == 0
    assert done.stderr.splitlines() == ["something else", WARNING, "ours", "after"]


@pytest.mark.parametrize(
    ("level", "seen"),
    [
        ("0", [BANNER, REMARK, WARNING, ERROR, FATAL]),
        ("2", [ERROR, FATAL]),
        ("3", [FATAL]),
        ("loud", [BANNER, REMARK, WARNING, ERROR, FATAL]),
    ],
)
def test_how_much_is_hidden_is_as_tensorflows_own_variable_says(importing, level, seen):
    done = importing(natively(BANNER, REMARK, WARNING, ERROR, FATAL), TF_CPP_MIN_LOG_LEVEL=level)
    assert done.stderr.splitlines() == [*seen, "after"]


def test_an_import_that_fails_is_seen(importing):
    done = importing(natively(REMARK) + "\nraise ImportError('libcudart is not there')")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert done.stderr.endswith("ImportError: libcudart is not there\n")


def test_an_import_that_aborts_has_its_last_words(importing):
    done = importing(natively(REMARK, FATAL) + "\nos.write(2, b'half a line'); os.abort()")
    assert done.returncode < 0
    assert done.stderr == f"{FATAL}\nhalf a line"


def test_where_there_is_no_standard_error_it_is_imported_all_the_same(importing):
    done = importing("print('imported', file=sys.stdout)", first="import os; os.close(2)")
    assert (done.returncode, done.stdout) == (0, "imported\n")
