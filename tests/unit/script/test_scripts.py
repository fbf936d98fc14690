"""The scripts run modules that exist."""

from __future__ import annotations

import importlib.util
import re
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
