"""The pictures of docs/how-it-works.md: what layers see, what each choice does.

Made of scikit-image's photographs and the library's styles, so that anyone can
make them again; nothing else is needed but VGG19's weights, and for two of them
a network: the built-in one, and a pair of brushes that differ in their
normalisation (`python -m engine feedforward_style train … --norm instance|batch`).
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import bench
from docs.generate.gallery import row, style
from engine import Painting, Recipe
from engine.backbones import Array, Backbone, load_backbone
from engine.feedforward.styles import FeedforwardStyles
from engine.imaging import images

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs/images/how-it-works"
PHOTO, STYLE = "chelsea", "evening-wind"
DOCUMENT = ROOT / "docs/how-it-works.md"
PLACE = re.compile(r"<!-- picture (?P<name>\w+): (?P<words>.+) -->\n(!\[.*\n)?")
"""Where a picture belongs, and the one that may be there already."""
LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1")


class Bench:
    """Opens each network once, and paints."""

    def __init__(self, size: int, feedforward_styles: tuple[Path, Path] | None) -> None:
        self.size = size
        self.feedforward_styles = feedforward_styles
        self._networks: dict[str, Backbone] = {}

    def network(self, name: str) -> Backbone:
        """Return a network; VGG19's file is where the benchmarks look for it."""
        if name not in self._networks:
            given = bench.weights() if name == "vgg19" else None
            self._networks[name] = load_backbone(Recipe(backbone=name), given)
        return self._networks[name]

    @property
    def photo(self) -> Array:
        """The photograph at the pictures' size."""
        return images.fit(bench.photo(PHOTO), self.size)

    def paint(self, network: str = "vgg19", **changes: Any) -> Array:
        """Paint by a recipe."""
        recipe = Recipe(size=self.size, quality="sketch", backbone=network).changed(**changes)
        painting = Painting.begin(bench.photo(PHOTO), [style(STYLE)], recipe, backbone=self.network(network))
        print(network, changes, flush=True)
        return bench.finish(painting)


def contents(here: Bench) -> list[Array]:
    """Rebuild the photo from noise through what one layer keeps of it."""
    alone: dict[str, Any] = {"content_weight": 1.0, "style_weight": 0.0, "smoothness": 0.0, "start": "noise"}
    found = [
        here.paint(content_layers=(layer,), style_layers=LAYERS[:1], scales=1, max_steps=60, **alone)
        for layer in LAYERS
    ]
    return [here.photo, *found]


def styles(here: Bench) -> list[Array]:
    """Build a picture from noise that has the style's statistics up to a layer."""
    alone: dict[str, Any] = {"content_weight": 0.0, "style_weight": 1.0, "smoothness": 0.0, "start": "noise"}
    found = [
        here.paint(style_layers=LAYERS[:count], content_layers=LAYERS[:1], scales=2, max_steps=50, **alone)
        for count in range(1, len(LAYERS) + 1)
    ]
    return [style(STYLE), *found]


def strength(here: Bench) -> list[Array]:
    return [here.photo, *(here.paint(strength=percent) for percent in (25, 50, 75, 100))]


def scales(here: Bench) -> list[Array]:
    """Paint at one size, and from coarse to fine with steps that cost as much."""
    return [style(STYLE), here.paint(scales=1, quality="screen"), here.paint(quality="screen")]


def patches(here: Bench) -> list[Array]:
    return [style(STYLE), here.paint(), here.paint(patch_share=70)]


def networks(here: Bench) -> list[Array]:
    return [here.photo, here.paint("vgg19"), here.paint("compact")]


def normalisation(here: Bench) -> list[Array]:
    if here.feedforward_styles is None:
        raise SystemExit("Name two brushes with --brushes INSTANCE.npz BATCH.npz to show normalisation.")
    painted = [FeedforwardStyles.load(path) for path in here.feedforward_styles]
    return [
        here.photo,
        *(
            feedforward_style.apply(here.photo, feedforward_style.names[0], size=here.size)
            for feedforward_style in painted
        ),
    ]


FIGURES: dict[str, Callable[[Bench], list[Array]]] = {
    "contents": contents,
    "styles": styles,
    "strength": strength,
    "scales": scales,
    "patches": patches,
    "networks": networks,
    "normalisation": normalisation,
}
USUAL = tuple(name for name in FIGURES if name != "normalisation")


def with_pictures(text: str) -> str:
    """Put each picture that was made below the line of the document that describes it."""

    def shown(found: re.Match[str]) -> str:
        name, words = found["name"], found["words"]
        there = (PICTURES / f"{name}.jpg").exists()
        picture = f"![{words}](images/how-it-works/{name}.jpg)\n" if there else ""
        return f"<!-- picture {name}: {words} -->\n{picture}"

    return PLACE.sub(shown, text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(FIGURES)}; all that need no brushes else")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--brushes", type=Path, nargs=2, metavar="FILE", help="instance's and batch's brush")
    parser.add_argument("--missing", action="store_true", help="only those that are not there yet")
    args = parser.parse_args()
    here = Bench(args.size, tuple(args.feedforward_styles) if args.feedforward_styles else None)
    wanted = args.names or [*USUAL, *(["normalisation"] if args.feedforward_styles else [])]
    for name in wanted:
        path = PICTURES / f"{name}.jpg"
        if not (args.missing and path.exists()):
            picture = row([np.asarray(tile, np.float32) for tile in FIGURES[name](here)])
            bench.write_picture(path, picture, quality=84)
            print("made", path, flush=True)
    DOCUMENT.write_text(with_pictures(DOCUMENT.read_text()))


if __name__ == "__main__":
    main()
