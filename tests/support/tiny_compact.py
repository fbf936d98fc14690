"""A compact network with narrow channels and seeded random weights, in the layout of the one that ships."""

from pathlib import Path

import numpy as np

from engine.pretrained.archive import write_network

WIDTHS = ((3, 4), (4, 6), (6, 6, 6), (8, 8))
TAPS = {
    "block1_conv1": "trunk1_1/in",
    "block2_conv1": "trunk2_1",
    "block3_conv1": "trunk3_1",
    "block4_conv1": "trunk4_2",
}
TAP_WIDTHS = (5, 6, 7, 8)


def write_tiny_compact(path: Path, seed: int = 0) -> Path:
    """Write a narrow compact encoder whose activations neither grow nor vanish."""
    rng = np.random.default_rng(seed)
    arrays = {}

    def convolution(name: str, size: int, before: int, after: int) -> None:
        deviation = np.sqrt(2 / (size**2 * before))
        arrays[f"{name}/kernel"] = rng.normal(0, deviation, (size, size, before, after))
        arrays[f"{name}/bias"] = rng.normal(0, 0.1, after)

    before, widths = 3, {}
    for block, channels in enumerate(WIDTHS, start=1):
        for index, after in enumerate(channels, start=1):
            convolution(f"trunk{block}_{index}", 3, before, after)
            widths[f"trunk{block}_{index}"] = before = after
    convolution("tap1", 3, 3, TAP_WIDTHS[0])
    for block, place in enumerate(list(TAPS.values())[1:], start=2):
        convolution(f"tap{block}", 1, widths[place], TAP_WIDTHS[block - 1])
    description = {"kind": "compact encoder", "taps": TAPS, "widths": WIDTHS, "slope": 0.2}
    write_network(path, description, arrays)
    return path


def write_tiny_decoder(path: Path, seed: int = 0) -> Path:
    """Write a narrow draft decoder for the encoder of `write_tiny_compact`."""
    rng = np.random.default_rng(seed)
    arrays, above, own = {}, 0, (3, 4, 5, 6)

    def convolution(name: str, before: int, after: int) -> None:
        arrays[f"{name}/kernel"] = rng.normal(0, np.sqrt(2 / (9 * before)), (3, 3, before, after))
        arrays[f"{name}/bias"] = rng.normal(0, 0.1, after)

    for block in (4, 3, 2, 1):
        convolution(f"join{block}", above + WIDTHS[block - 1][-1], own[block - 1])
        convolution(f"paint{block}", own[block - 1], own[block - 1])
        above = own[block - 1]
    convolution("picture", above, 3)
    levels = [f"trunk{block}_{len(widths)}" for block, widths in enumerate(WIDTHS, start=1)]
    description = {"kind": "draft decoder", "levels": levels, "slope": 0.2, "offset": 0.5}
    write_network(path, description, arrays)
    return path
