"""Files that a shell runs or reads have Unix line endings, even in a clone made on Windows."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOR_A_SHELL = (
    "script/*",
    ".ci/run",
    "**/*.sh",
    "requirements*.txt",
    ".env.example",
    "Dockerfile",
    "deploy/*",
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """The last commit, as Git for Windows checks it out by default."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a clone")
    path = tmp_path_factory.mktemp("windows") / "clone"
    command = ["git", "clone", "--quiet", "--config", "core.autocrlf=true", ROOT, path]
    subprocess.run(command, check=True, timeout=60)
    return path


@pytest.mark.parametrize("pattern", FOR_A_SHELL)
def test_files_for_a_shell_have_no_carriage_returns(clone, pattern):
    files = [path for path in clone.glob(pattern) if path.is_file()]
    assert files
    assert [path.name for path in files if b"\r" in path.read_bytes()] == []


def test_every_file_is_checked_out_as_it_was_committed(clone):
    listed = subprocess.run(
        ["git", "ls-files", "--eol"], cwd=clone, capture_output=True, text=True, check=True
    )
    assert listed.stdout
    endings = {tuple(part[2:] for part in line.split()[:2]) for line in listed.stdout.splitlines()}
    assert [(committed, checked_out) for committed, checked_out in endings if committed != checked_out] == []
