"""The pairs of a photo and a style that are painted: ten of them, or those that a file lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import bench
from benchmarks.quality.metrics import Array

_LIBRARY = Path(__file__).parents[2] / "static" / "styles"


@dataclass(frozen=True)
class Pair:
    """A photo and a style, each a path or the name of one that all benchmarks know."""

    photo: str
    style: str

    @property
    def name(self) -> str:
        """The name of its paintings' files, without their ending."""
        return f"{Path(self.photo).stem}-{Path(self.style).stem}"

    def read(self) -> tuple[Array, Array]:
        """Return the photo and the style, (H, W, 3) RGB in [0, 1] each."""
        return _read(self.photo, bench.photo), _read(self.style, bench.painting)


def _library(name: str) -> str:
    return str(_LIBRARY / f"{name}.webp")


PAIRS = (
    Pair("chelsea", "the_scream"),
    Pair("chelsea", _library("evening-wind")),
    Pair("astronaut", "starry_night"),
    Pair("astronaut", _library("golden-orchard")),
    Pair("coffee", "great_wave"),
    Pair("coffee", _library("cut-garden")),
    Pair("tubingen", "starry_night"),
    Pair("tubingen", _library("old-harbour")),
    Pair("golden_gate", "water_lilies"),
    Pair("golden_gate", _library("vineyard-window")),
)
"""Two faces, a still life, a town and a landscape, each with a painting and with a style of the library."""


def read_pairs(path: Path) -> tuple[Pair, ...]:
    """Read a file with the paths of a photo and of a style in each line, separated by a tab.

    A relative path starts at the file's folder.
    """
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if any(len(line) != 2 for line in lines):
        raise SystemExit(f"{path}: write a photo's path, a tab and a style's path in each line.")
    pairs = tuple(Pair(*(str(path.parent / part.strip()) for part in line)) for line in lines)
    if len({pair.name for pair in pairs}) < len(pairs):
        raise SystemExit(f"{path}: two pairs have the same names, so their paintings would have too.")
    return pairs


def _read(source: str, by_name: Callable[[str], Array]) -> Array:
    path = Path(source)
    return bench.read(path).rgb if path.suffix else by_name(source)
