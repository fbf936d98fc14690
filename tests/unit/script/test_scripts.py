"""The scripts run modules that exist."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPTS = sorted(path for path in (ROOT / "script").iterdir() if not path.suffix and path.is_file())
OURS = ("app", "benchmarks", "docs", "engine", "jobs", "runner", "tests", "training", "worker")


def modules() -> list[tuple[str, str]]:
    """List each script with each module of this project that it runs."""
    runs = [(path.name, name) for path in SCRIPTS for name in re.findall(r" -m ([\w.]+)", path.read_text())]
    return [(script, name) for script, name in runs if name.partition(".")[0] in OURS]


@pytest.mark.parametrize(("script", "module"), modules())
def test_each_module_that_a_script_runs_exists(script, module):
    assert importlib.util.find_spec(module), f"script/{script} runs {module}"


def test_script_docs_runs_every_generator():
    run = {name for script, name in modules() if script == "docs"}
    generators = {f"docs.generate.{path.stem}" for path in (ROOT / "docs/generate").glob("[a-z]*.py")}
    assert generators <= run


def test_the_default_benchmarks_exist():
    names = re.search(r"names=\((\w[^)]*)\)", (ROOT / "script/bench").read_text())[1].split()
    assert names
    for name in names:
        assert importlib.util.find_spec(f"benchmarks.{name}")


@pytest.mark.parametrize("script", [path.name for path in SCRIPTS if "dirname" in path.read_text()])
def test_a_script_finds_its_checkout_through_links(script, tmp_path):
    lines = (ROOT / "script" / script).read_text().splitlines()
    (place,) = (number for number, line in enumerate(lines) if "dirname" in line)
    # The rest, which installs and serves, is left out.
    head = "\n".join([*lines[: place + 1], 'cd "${root:-.}"', "pwd"])
    checkout = tmp_path / "check out"
    (checkout / "script").mkdir(parents=True)
    (checkout / "script" / script).write_text(head)
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "one").symlink_to(checkout / "script" / script)
    (tmp_path / "two").symlink_to("links/one")
    done = subprocess.run(
        ["bash", "two"], capture_output=True, text=True, check=True, cwd=tmp_path, timeout=60
    )
    assert done.stdout.strip() == str(checkout)
