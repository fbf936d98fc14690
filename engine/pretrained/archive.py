"""Networks in files: an npz of arrays with a description in JSON, read without pickle.

Loads no TensorFlow: names of what ships are read by the web process, too.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.atomic import atomic_write
from engine.errors import WeightsError

Arrays = dict[str, npt.NDArray[np.float32]]

PRETRAINED = Path(__file__).parent
"""The networks that ship, made by the scripts in `training/`."""

_METADATA = "metadata"


def read_network(path: Path, kind: str) -> tuple[dict[str, Any], Arrays]:
    """Read a network.

    Args:
        path: the file.
        kind: what it must be, as its description says.

    Returns:
        Its description, and its arrays as float32.

    Raises:
        WeightsError: it is not there, damaged, or another kind of network.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            description = json.loads(file[_METADATA].tobytes())
            arrays = {name: file[name].astype(np.float32) for name in file.files if name != _METADATA}
        found = description["kind"]
    except FileNotFoundError as exc:
        raise WeightsError(f"The network {path.name} is not there.", code="network-missing") from exc
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as exc:
        raise WeightsError(
            f"The network {path.name} is damaged, or not one of Pastiche's.", code="network-damaged"
        ) from exc
    if found != kind:
        raise WeightsError(f"The network {path.name} is a {found}; a {kind} is needed.", code="network-kind")
    return description, arrays


def read_description(path: Path) -> dict[str, Any]:
    """Read what a network says of itself, and none of its weights.

    Raises:
        WeightsError: it is not there or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(json.loads(file[_METADATA].tobytes()))
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as exc:
        raise WeightsError(
            f"The network {path.name} is missing, damaged, or not one of Pastiche's.", code="network-damaged"
        ) from exc


def write_network(
    path: Path, description: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]], dtype: str = "float16"
) -> None:
    """Write a network so that it appears whole or not at all.

    Args:
        path: where to.
        description: plain JSON values, `kind` among them.
        arrays: by name.
        dtype: what they are kept in.

    Raises:
        WeightsError: it cannot be written.
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
