"""What the benchmarks share: pictures, the network, a description of the machine, results as JSON."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engine.quiet import quiet_tensorflow

with quiet_tensorflow():
    import tensorflow as tf

from engine import Painting, Picture, Recipe
from engine.backbones import Array, Backbone, load_backbone
from engine.imaging import images

RESULTS = Path(__file__).parent / "results"
RUNS = Path(__file__).parent / "runs"
"""Intermediate results, from which a long measurement resumes; not committed."""
FREE_PHOTOS = ("chelsea", "astronaut", "coffee")
"""Photographs in scikit-image that anyone may publish."""


def use_threads(count: int | None) -> None:
    """Set the number of threads before anything is computed; None leaves it to TensorFlow."""
    if count is not None:
        tf.config.threading.set_intra_op_parallelism_threads(count)
        tf.config.threading.set_inter_op_parallelism_threads(count)


def data() -> Path:
    """Return the folder with photographs, paintings and weights."""
    folder = os.environ.get("PASTICHE_TEST_DATA")
    if not folder:
        raise SystemExit(
            "Set PASTICHE_TEST_DATA to a folder with images/photos, images/paintings and weights/*.h5."
        )
    return Path(folder)


def weights() -> Path:
    """Return the file with VGG19's weights: VGG19_WEIGHTS, or the one in the test data."""
    path = os.environ.get("VGG19_WEIGHTS")
    return Path(path) if path else next((data() / "weights").glob("*.h5"))


def photo(name: str) -> Array:
    """Return a photograph from scikit-image or the test data, by the start of its name."""
    if name in FREE_PHOTOS:
        import skimage.data  # noqa: PLC0415 (only some benchmarks need it)

        return np.asarray(getattr(skimage.data, name)() / np.float32(255), np.float32)
    return read(next((data() / "images/photos").glob(f"{name}*"))).rgb


def painting(name: str) -> Array:
    """Return a painting from the test data, by the start of its name."""
    return read(next((data() / "images/paintings").glob(f"{name}*"))).rgb


def read(path: Path) -> Picture:
    """Decode a picture."""
    return images.read(path)


def network(recipe: Recipe) -> Backbone:
    """Load the network of a recipe; only VGG19 needs a file."""
    return load_backbone(recipe, None if recipe.backbone == "compact" else weights())


def finish(painting: Painting) -> Array:
    """Paint all remaining steps, and return the picture."""
    while not painting.finished:
        painting.advance()
    return painting.picture()


def write_picture(path: Path, picture: Array, *, quality: int = 90) -> None:
    """Write a PNG or JPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    eight_bit = Image.fromarray((picture * 255 + 0.5).astype(np.uint8))
    eight_bit.save(path, quality=quality)


def machine() -> dict[str, Any]:
    """Describe the machine and the versions that a result depends on."""
    names = ("tensorflow", "tensorflow-cpu", "numpy", "keras")
    versions = {}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "devices": [
            tf.config.experimental.get_device_details(d).get("device_name", d.device_type)
            for d in tf.config.list_physical_devices()
        ],
        "python": platform.python_version(),
        "versions": versions,
        "load_average": os.getloadavg()[0],
        "day": time.strftime("%Y-%m-%d"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    fields = dict(
        part for part in (line.split("\t: ", 1) for line in map(str.rstrip, lines)) if len(part) == 2
    )
    fields = {key.strip(): value for key, value in fields.items()}
    flags = [
        flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in fields.get("flags", "")
    ]
    return f"{fields.get('model name', 'unknown')} ({' '.join(flags)})"


def keep(name: str, result: dict[str, Any]) -> None:
    """Print a result, and write it to the folder of results."""
    record = {"machine": machine()} | result
    print(json.dumps(record, indent=2))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=2) + "\n")


class Clock:
    """Measures wall-clock seconds, and the CPU seconds of all cores, since its creation."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self, digits: int = 2) -> dict[str, float]:
        """Return both, rounded; on a busy machine, compare the CPU seconds."""
        return {
            "seconds": round(time.perf_counter() - self._wall, digits),
            "core_seconds": round(time.process_time() - self._cpu, digits),
        }
