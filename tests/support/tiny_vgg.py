"""A VGG19 file with narrow channels and seeded random weights, for the real loader and the real loop."""

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from engine.recipe import VGG19_LAYERS

WIDTHS = {"block1": 4, "block2": 8, "block3": 8, "block4": 8, "block5": 8}


def write_tiny_vgg(path: Path, layers: Sequence[str] = VGG19_LAYERS, seed: int = 0) -> Path:
    """Write the first layers of a narrow network in the layout of Keras's own weights.

    The weights are scaled so that activations neither grow nor vanish.
    """
    rng = np.random.default_rng(seed)
    channels = 3
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array(list(layers), "S")
        for layer in layers:
            width = WIDTHS[layer.split("_")[0]]
            kernel = rng.normal(0, np.sqrt(2 / (9 * channels)), (3, 3, channels, width))
            group = file.create_group(layer)
            names = [f"{layer}_W_1:0", f"{layer}_b_1:0"]
            group.attrs["weight_names"] = np.array(names, "S")
            group.create_dataset(names[0], data=kernel.astype(np.float32))
            group.create_dataset(names[1], data=rng.normal(0, 0.1, width).astype(np.float32))
            channels = width
    return path
