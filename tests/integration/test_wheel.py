"""The engine as a wheel: it is complete, and paints without a checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from engine import __version__
from engine.imaging import images
from tests.support.stack import ROOT, photo

PARTS = ("engine", "LICENSE", "README.md", "pyproject.toml")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in PARTS:  # a copy, so that the build leaves nothing in the checkout
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return next(folder.glob("pastiche-*.whl"))


def test_the_wheel_holds_the_engine_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        meta = next(name for name in archive.namelist() if name.endswith("METADATA"))
        metadata = Parser().parsestr(archive.read(meta).decode())
    assert metadata["Version"] == __version__
    assert {name.split("/")[0] for name in names} == {"engine"}
    shipped = {f"engine/pretrained/{path.name}" for path in (ROOT / "engine/pretrained").glob("*.npz")}
    assert shipped <= set(names)
    assert {"cpu", "gpu", "film"} <= set(metadata.get_all("Provides-Extra"))


def test_an_installed_wheel_paints(wheel, tmp_path):
    site, workdir = tmp_path / "site", tmp_path / "workdir"
    workdir.mkdir()
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
    ]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True, timeout=120)
    for name in ("chelsea", "coffee"):
        (workdir / f"{name}.png").write_bytes(photo(name, longer_side=96))
    environment = {"PATH": os.environ["PATH"], "HOME": str(workdir), "PYTHONPATH": str(site)}
    paint = ["paint", "chelsea.png", "coffee.png", "--size", "64", "--max-steps", "2", "-o", "out.png"]
    done = subprocess.run(
        [sys.executable, "-P", str(site / "bin" / "pastiche"), *paint],
        cwd=workdir, env=environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert max(images.read(workdir / "out.png").size) == 64
