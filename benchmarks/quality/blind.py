"""A page of blind pairs: photo and style above, two paintings below, and a key that says which is which."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template

import numpy as np

from benchmarks import bench
from benchmarks.quality.metrics import Array

GAP = 8
_PAGE = Path(__file__).with_suffix(".html")


@dataclass(frozen=True)
class Item:
    """One comparison.

    Attributes:
        number: its place on the page, from 1.
        pair: the name of the pair.
        left: where the painting on the left comes from.
        right: where the one on the right comes from.
    """

    number: int
    pair: str
    left: str
    right: str


def items_of(pairs: Sequence[str], sources: tuple[str, str], seed: int) -> list[Item]:
    """Order the comparisons: all pairs once, then all once more with their sides swapped."""
    rng = np.random.default_rng(seed)
    swapped = {pair: bool(rng.integers(2)) for pair in pairs}
    items: list[Item] = []
    for second_time in (False, True):
        for pair in rng.permutation(np.array(pairs, object)):
            left, right = sources if swapped[pair] == second_time else sources[::-1]
            items.append(Item(len(items) + 1, pair, left, right))
    return items


def tile(pictures: Sequence[Array]) -> Array:
    """Lay four pictures in two rows, each in the middle of its cell, on white."""
    height, width = (max(picture.shape[side] for picture in pictures) for side in (0, 1))
    sheet = np.ones((2 * height + GAP, 2 * width + GAP, 3), np.float32)
    for place, picture in enumerate(pictures):
        top = place // 2 * (height + GAP) + (height - picture.shape[0]) // 2
        left = place % 2 * (width + GAP) + (width - picture.shape[1]) // 2
        sheet[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return sheet


def write(
    folder: Path,
    items: Sequence[Item],
    shown: Mapping[str, tuple[Array, Array]],
    paintings: Mapping[str, Mapping[str, Array]],
    question: str,
) -> None:
    """Write the page and its pictures, whose names say nothing, and the key beside the folder.

    Args:
        folder: for the page.
        items: the comparisons.
        shown: photo and style of each pair, at the size of the paintings.
        paintings: for each source, the painting of each pair.
        question: what judges are asked.
    """
    for item in items:
        sides = (paintings[item.left][item.pair], paintings[item.right][item.pair])
        sheet = tile((*shown[item.pair], *sides))
        bench.write_picture(folder / f"{item.number:02d}.png", sheet)
    figures = "\n".join(map(_figure, items))
    page = Template(_PAGE.read_text(encoding="utf-8"))
    text = page.substitute(question=html.escape(question), items=figures)
    (folder / "index.html").write_text(text, encoding="utf-8")
    key = json.dumps([asdict(item) for item in items], indent=1)
    folder.with_name(f"{folder.name}-key.json").write_text(key + "\n")


def read_key(path: Path) -> list[Item]:
    """Read the key of a page."""
    return [Item(**item) for item in json.loads(path.read_text())]


def _figure(item: Item) -> str:
    radios = "".join(
        f'<label><input type="radio" name="{item.number}" value="{side}"> {side}</label>'
        for side in ("left", "right")
    )
    return (
        f'<figure><img src="{item.number:02d}.png" alt="Photo, style, left and right painting">'
        f"<fieldset><legend>{item.number}</legend>{radios}</fieldset></figure>"
    )
