"""The modes that are compared, and the paintings made in each."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import engine
from benchmarks import bench
from benchmarks.gatys import REFERENCE
from benchmarks.quality.pairs import Pair
from engine import Painting, Recipe

MODES: dict[str, dict[str, Any]] = {
    "default": {},
    "gatys": REFERENCE,
}
"""What each mode changes in the default recipe."""


@dataclass(frozen=True)
class Work:
    """A painting, and what is known of its making.

    Attributes:
        picture: its file.
        cost: precision, steps, seconds, core_seconds and load_average, if they are known.
    """

    picture: Path
    cost: dict[str, Any]


def paint(mode: str, pairs: tuple[Pair, ...], recipe: Recipe) -> dict[str, Work]:
    """Paint the pairs in a mode, except those that this code has painted before.

    Returns:
        A painting for the name of each pair.
    """
    chosen = recipe.changed(**MODES[mode])
    folder = bench.RUNS / f"quality-{_fingerprint(chosen)}"
    missing = [pair for pair in pairs if not (folder / f"{pair.name}.json").exists()]
    if missing:
        backbone = bench.network(chosen)
        for pair in missing:
            photo, style = pair.read()
            clock = bench.Clock()
            painting = Painting.begin(photo, [style], chosen, backbone=backbone)
            bench.write_picture(folder / f"{pair.name}.png", bench.finish(painting))
            cost = {"precision": backbone.dtype.name, "steps": painting.step, **clock.read()}
            cost["load_average"] = round(os.getloadavg()[0], 1)
            (folder / f"{pair.name}.json").write_text(json.dumps(cost) + "\n")
            print(f"{mode}: {pair.name}: {cost}", flush=True)
    return {
        pair.name: Work(folder / f"{pair.name}.png", json.loads((folder / f"{pair.name}.json").read_text()))
        for pair in pairs
    }


def found(folder: Path, pairs: tuple[Pair, ...]) -> dict[str, Work]:
    """Find the paintings of the pairs in a folder that other code has painted."""
    works = {pair.name: Work(folder / f"{pair.name}.png", {}) for pair in pairs}
    missing = [work.picture.name for work in works.values() if not work.picture.exists()]
    if missing:
        raise SystemExit(f"{folder} has no {', '.join(missing)}.")
    return works


def _fingerprint(recipe: Recipe) -> str:
    """Return a name for all paintings by one recipe and one state of the engine."""
    return hashlib.sha256(f"{_engine_hash()} {recipe.to_dict()}".encode()).hexdigest()[:12]


@functools.cache
def _engine_hash() -> str:
    """Hash the engine's code and built-in weights, so that nothing painted by earlier code is measured."""
    root = Path(engine.__file__).parent
    files = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
