"""Read and write networks as npz files of arrays with a description in JSON, without pickle.

Loads no TensorFlow: the web process reads the names of the built-in styles.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.atomic import atomic_write
from engine.errors import WeightsError

Arrays = dict[str, npt.NDArray[np.float32]]

PRETRAINED = Path(__file__).parent
"""The folder of the built-in networks."""

_METADATA = "metadata"


def read_network(path: Path, network_type: str) -> tuple[dict[str, Any], Arrays]:
    """Read a network.

    Args:
        path: the network's file.
        network_type: the type it must have, stored as "kind" in its description.

    Returns:
        The description, and the arrays as float32.

    Raises:
        WeightsError: the file is missing or damaged, or the network has another type.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            description = json.loads(file[_METADATA].tobytes())
            arrays = {name: file[name].astype(np.float32) for name in file.files if name != _METADATA}
        found_type = description["kind"]
    except FileNotFoundError as exc:
        raise WeightsError(f"The network {path.name} is missing.", code="network-missing") from exc
    except Exception as exc:  # zipfile, zlib and NumPy have many for damaged files
        raise WeightsError(
            f"The network {path.name} is damaged, or not one of Pastiche's.", code="network-damaged"
        ) from exc
    if found_type != network_type:
        raise WeightsError(
            f"The network {path.name} is a {found_type}; a {network_type} is needed.", code="network-kind"
        )
    return description, arrays


def read_description(path: Path) -> dict[str, Any]:
    """Read a network's description without its weights.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return dict(json.loads(file[_METADATA].tobytes()))
    except Exception as exc:  # zipfile, zlib and NumPy have many for damaged files
        raise WeightsError(
            f"The network {path.name} is missing, damaged, or not one of Pastiche's.", code="network-damaged"
        ) from exc


def write_network(
    path: Path, description: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]], dtype: str = "float16"
) -> None:
    """Write a network's file so that it appears complete or not at all.

    Args:
        path: the file to write; its folder is created.
        description: plain JSON values, with the network's type as "kind".
        arrays: the weights by name.
        dtype: the type to store them in.

    Raises:
        WeightsError: the file cannot be written.
    """
    stored: dict[str, Any] = {name: np.asarray(value).astype(dtype) for name, value in arrays.items()}
    stored[_METADATA] = np.frombuffer(json.dumps(dict(description)).encode(), np.uint8)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            np.savez(file, allow_pickle=False, **stored)
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise WeightsError(
            f"The network {path.name} cannot be written: {reason}.", code="unwritable"
        ) from exc
