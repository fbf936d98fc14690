"""Paint the pictures in docs/how-it-works.md: what each layer sees, and what each choice does.

They show scikit-image's photographs in the library's styles, so that anyone can paint
them again. That takes VGG19's weights; one picture uses the built-in network as well, and
one takes two trained networks that differ in their normalisation
(`python -m engine feedforward train … --norm instance|batch`).
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
"""The place of a picture, with the link that may be there already."""
LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1")


class Figures:
    """Paints figures, and loads each network once."""

    def __init__(self, size: int, trained: tuple[Path, Path] | None) -> None:
        self.size = size
        self.trained = trained
        self._networks: dict[str, Backbone] = {}

    def network(self, name: str) -> Backbone:
        """Return a network, and VGG19 from the same file as the benchmarks."""
        if name not in self._networks:
            weights = bench.weights() if name == "vgg19" else None
            self._networks[name] = load_backbone(Recipe(backbone=name), weights)
        return self._networks[name]

    @property
    def photo(self) -> Array:
        """The photograph at the size of the pictures."""
        return images.fit(bench.photo(PHOTO), self.size)

    def paint(self, network: str = "vgg19", **changes: Any) -> Array:
        """Paint with some changes to the recipe."""
        recipe = Recipe(size=self.size, quality="sketch", backbone=network).changed(**changes)
        painting = Painting.begin(bench.photo(PHOTO), [style(STYLE)], recipe, backbone=self.network(network))
        print(network, changes, flush=True)
        return bench.finish(painting)


def contents(figures: Figures) -> list[Array]:
    """Reconstruct the photo from noise, from the features of one layer."""
    only: dict[str, Any] = {"content_weight": 1.0, "style_weight": 0.0, "smoothness": 0.0, "start": "noise"}
    pictures = [
        figures.paint(content_layers=(layer,), style_layers=LAYERS[:1], scales=1, max_steps=60, **only)
        for layer in LAYERS
    ]
    return [figures.photo, *pictures]


def styles(figures: Figures) -> list[Array]:
    """Paint from noise a picture with the style's statistics up to a layer."""
    only: dict[str, Any] = {"content_weight": 0.0, "style_weight": 1.0, "smoothness": 0.0, "start": "noise"}
    pictures = [
        figures.paint(style_layers=LAYERS[:count], content_layers=LAYERS[:1], scales=2, max_steps=50, **only)
        for count in range(1, len(LAYERS) + 1)
    ]
    return [style(STYLE), *pictures]


def strength(figures: Figures) -> list[Array]:
    return [figures.photo, *(figures.paint(strength=percent) for percent in (25, 50, 75, 100))]


def scales(figures: Figures) -> list[Array]:
    """Paint at one size, and from coarse to fine with steps of the same total cost."""
    return [style(STYLE), figures.paint(scales=1, quality="screen"), figures.paint(quality="screen")]


def patches(figures: Figures) -> list[Array]:
    return [style(STYLE), figures.paint(), figures.paint(patch_share=70)]


def networks(figures: Figures) -> list[Array]:
    return [figures.photo, figures.paint("vgg19"), figures.paint("compact")]


def normalisation(figures: Figures) -> list[Array]:
    if figures.trained is None:
        raise SystemExit("To show normalisation, name two networks: --networks INSTANCE.npz BATCH.npz.")
    networks = [FeedforwardStyles.load(path) for path in figures.trained]
    return [
        figures.photo,
        *(network.apply(figures.photo, network.names[0], size=figures.size) for network in networks),
    ]


FIGURES: dict[str, Callable[[Figures], list[Array]]] = {
    "contents": contents,
    "styles": styles,
    "strength": strength,
    "scales": scales,
    "patches": patches,
    "networks": networks,
    "normalisation": normalisation,
}
DEFAULT = tuple(name for name in FIGURES if name != "normalisation")


def with_pictures(text: str) -> str:
    """Link each picture that exists below the line of the document that describes it."""

    def linked(place: re.Match[str]) -> str:
        name, words = place["name"], place["words"]
        exists = (PICTURES / f"{name}.jpg").exists()
        picture = f"![{words}](images/how-it-works/{name}.jpg)\n" if exists else ""
        return f"<!-- picture {name}: {words} -->\n{picture}"

    return PLACE.sub(linked, text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        help=f"of {', '.join(FIGURES)} (default: all, and normalisation only with --networks)",
    )
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument(
        "--networks",
        type=Path,
        nargs=2,
        metavar="FILE",
        help="trained with instance, and with batch normalisation",
    )
    parser.add_argument("--missing", action="store_true", help="only the pictures that do not exist yet")
    args = parser.parse_args()
    figures = Figures(args.size, tuple(args.networks) if args.networks else None)
    wanted = args.names or [*DEFAULT, *(["normalisation"] if args.networks else [])]
    for name in wanted:
        path = PICTURES / f"{name}.jpg"
        if not (args.missing and path.exists()):
            picture = row([np.asarray(tile, np.float32) for tile in FIGURES[name](figures)])
            bench.write_picture(path, picture, quality=84)
            print("painted", path, flush=True)
    DOCUMENT.write_text(with_pictures(DOCUMENT.read_text()))


if __name__ == "__main__":
    main()
