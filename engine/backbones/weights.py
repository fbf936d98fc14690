"""Find a network's weights: built in, in a given file, or in a cache; `fetch` downloads them.

Only `fetch` downloads anything, and TensorFlow is not loaded. A file that has
only the first layers of VGG19 works for those layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import h5py

from engine.errors import WeightsError
from engine.pretrained.archive import PRETRAINED
from engine.recipe import VGG19_LAYERS

if TYPE_CHECKING:
    from engine.backbones.download import Progress


@dataclass(frozen=True, kw_only=True)
class PublishedWeights:
    """A published file of weights.

    Attributes:
        name: the network's name.
        url: the file's address.
        md5: the file's hash, to check a download.
        file_name: the file's name in a cache.
    """

    name: str
    url: str
    md5: str
    file_name: str


VGG19 = PublishedWeights(
    name="VGG19",
    url="https://storage.googleapis.com/tensorflow/keras-applications/vgg19/"
    "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
    md5="253f8cb515780f3b799900260a226db6",
    file_name="vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
)
"""VGG19 without its classifier; the address and the hash are those of keras.applications."""


VGG16 = PublishedWeights(
    name="VGG16",
    url="https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"
    "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    md5="6d6bbae143d832006294945121d1f1fc",
    file_name="vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
)
"""VGG16 without its classifier; the address and the hash are those of keras.applications."""


@dataclass(frozen=True, kw_only=True)
class WeightsStatus:
    """The weights found on this machine.

    Attributes:
        path: the file in use, or None.
        network: the file's network: "vgg19", or "compact" if VGG19's file is missing.
        layers: the convolutions of VGG19 in the file, from the picture upwards.
        problem: why the file cannot be used, as a sentence, or None.
        code: the problem's code, or None.
    """

    path: Path | None
    network: str = "vgg19"
    layers: tuple[str, ...] = ()
    problem: str | None = None
    code: str | None = None

    @property
    def complete(self) -> bool:
        """Whether the file has all of VGG19's layers."""
        return self.layers == VGG19_LAYERS


COMPACT_FILE = PRETRAINED / "encoder.npz"
"""The built-in compact network."""


@dataclass(frozen=True)
class NetworkFile:
    """A network's name ("vgg19", "vgg16" or "compact") and its file."""

    network: str
    path: Path


def default_cache(cache_home: str | Path | None = None) -> Path:
    """Return the folder for downloaded weights.

    Args:
        cache_home: the user's cache folder, from XDG_CACHE_HOME; an empty or relative
            path is ignored, as that standard requires.
    """
    home = Path(cache_home) if cache_home else None
    return (home if home and home.is_absolute() else Path.home() / ".cache") / "pastiche"


def locate_vgg19(path: Path | None = None, *, cache: Path | None = None) -> Path:
    """Return the file with VGG19's weights.

    Args:
        path: the file to use; None searches the cache, then that of Keras.
        cache: a folder to use instead of `default_cache()`.

    Raises:
        WeightsError: the file is not there; the message says how to get it.
    """
    if path is not None:
        if path.is_file():
            return path
        raise WeightsError(
            f"There is no file of weights “{_shown(path)}”. Correct its name (VGG19_WEIGHTS or --weights), "
            "or leave it out and run `python -m engine weights fetch`.",
            code="weights-file-missing",
        )
    cache = cache or default_cache()
    keras = Path.home() / ".keras" / "models"
    for folder in (cache, keras):
        if (folder / VGG19.file_name).is_file():
            return folder / VGG19.file_name
    raise WeightsError(
        f"VGG19's weights, “{VGG19.file_name}”, are missing. Run `python -m engine weights fetch` (80 MB), "
        f"or copy the file from {VGG19.url} into {_shown(cache)}, or name it in VGG19_WEIGHTS or --weights.",
        code="weights-not-fetched",
    )


def resolve(backbone: str, path: Path | None = None, *, cache: Path | None = None) -> NetworkFile:
    """Return the network for a recipe's backbone, and its file.

    Args:
        backbone: "vgg19", "vgg16", "compact", or "auto" for VGG19 if its file is
            there, and otherwise the built-in compact network.
        path: VGG19's file, if the user named one; None searches as `locate_vgg19`.
        cache: a folder to use instead of `default_cache()`.

    Raises:
        WeightsError: a requested network or a named file is missing, or a folder
            cannot be read, so that it is unknown whether the file is there.
    """
    try:
        return _resolve(backbone, path, cache)
    except OSError as exc:
        unreadable = Path(exc.filename) if exc.filename else path or cache or default_cache()
        raise WeightsError(
            f"The file of weights “{_shown(unreadable)}” cannot be read ({exc.strerror or exc}). Let "
            "Pastiche read it and the folders around it, or name another file (VGG19_WEIGHTS or --weights).",
            code="weights-unreadable",
        ) from exc


def _resolve(backbone: str, path: Path | None, cache: Path | None) -> NetworkFile:
    if backbone == "compact":
        if not COMPACT_FILE.is_file():
            raise WeightsError(
                f"The built-in network “{COMPACT_FILE.name}” is missing, so this copy of Pastiche is "
                "incomplete. Install it again.",
                code="network-missing",
            )
        return NetworkFile("compact", COMPACT_FILE)
    if backbone == "vgg16":
        return NetworkFile("vgg16", _locate_vgg16(path, cache))
    try:
        return NetworkFile("vgg19", locate_vgg19(path, cache=cache))
    except WeightsError:
        # A named file that is missing is a mistake to report, not a reason to use another network.
        if backbone == "vgg19" or path is not None or not COMPACT_FILE.is_file():
            raise
        return NetworkFile("compact", COMPACT_FILE)


def _locate_vgg16(path: Path | None, cache: Path | None) -> Path:
    # The named file is usually VGG19's, and VGG16's is beside it.
    folders = [cache or default_cache(), Path.home() / ".keras" / "models"]
    if path is not None:
        if path.is_file() and is_vgg16(path):
            return path
        folders.insert(0, path.parent)
    for folder in folders:
        if (folder / VGG16.file_name).is_file():
            return folder / VGG16.file_name
    raise WeightsError(
        f"VGG16's weights, “{VGG16.file_name}”, are missing. Run `python -m engine weights fetch --network "
        f"vgg16` (59 MB), or copy the file from {VGG16.url} into {_shown(folders[-2])}.",
        code="weights-not-fetched",
    )


def is_vgg16(path: Path) -> bool:
    """Return whether a Keras HDF5 file has VGG16's layers, and enough of them to rule out VGG19."""
    try:
        with h5py.File(path, "r") as file:
            return "block4_conv1" in file and "block3_conv4" not in file
    except OSError:
        return False


def status(path: Path | None = None, *, cache: Path | None = None) -> WeightsStatus:
    """Return the weights that `auto` would use on this machine; never raises."""
    found = None
    try:
        source = resolve("auto", path, cache=cache)
        if source.network == "compact":
            return WeightsStatus(network="compact", path=source.path)
        found = source.path
        return WeightsStatus(path=found, layers=layers_in(found))
    except WeightsError as exc:
        return WeightsStatus(path=found, problem=str(exc), code=exc.code)


def layers_in(path: Path) -> tuple[str, ...]:
    """Return the convolutions of VGG19 in a Keras HDF5 file, in order.

    Raises:
        WeightsError: it is not such a file, has none of them, or leaves a gap between them.
    """
    try:
        with h5py.File(path, "r") as file:
            held = {name for name in VGG19_LAYERS if name in file and _is_convolution(file[name])}
    except (OSError, RuntimeError, KeyError, ValueError) as exc:
        raise WeightsError(
            f"The file of weights “{_shown(path)}” cannot be read as HDF5, so it is damaged or not a file of "
            "weights. Run `python -m engine weights fetch`, or name another file.",
            code="weights-damaged",
        ) from exc
    layers = tuple(name for name in VGG19_LAYERS if name in held)
    if not layers:
        raise WeightsError(
            f"The file of weights “{_shown(path)}” has none of VGG19's layers. "
            f"Use a file with the layout of Keras's “{VGG19.file_name}”.",
            code="weights-empty",
        )
    if layers != VGG19_LAYERS[: len(layers)]:
        gap = next(name for name in VGG19_LAYERS if name not in held)
        raise WeightsError(
            f"The file of weights “{_shown(path)}” lacks {gap}, which is needed to compute {layers[-1]}. "
            "Name a file that has VGG19's layers from the first on.",
            code="weights-gap",
        )
    return layers


def is_published(path: Path, published: PublishedWeights = VGG19) -> bool:
    """Return whether a file is byte for byte the published one."""
    from engine.backbones.download import md5_of  # noqa: PLC0415  (only fetching needs it)

    return md5_of(path) == published.md5


def fetch(
    published: PublishedWeights = VGG19, *, cache: Path | None = None, progress: Progress | None = None
) -> Path:
    """Download weights into the cache unless they are there; continues an interrupted download.

    Args:
        published: the file to download.
        cache: a folder to use instead of `default_cache()`.
        progress: called with the bytes received so far and, if known, the total.

    Raises:
        WeightsError: the download failed, or is not the published file.
    """
    from engine.backbones.download import download  # noqa: PLC0415  (only fetching needs it)

    target = (cache or default_cache()) / published.file_name
    if not (target.is_file() and is_published(target, published)):
        download(published.url, target, md5=published.md5, progress=progress)
    return target


def _is_convolution(group: object) -> bool:
    if not isinstance(group, h5py.Group):
        return False
    ranks = sorted(item.ndim for item in group.values() if isinstance(item, h5py.Dataset))
    return ranks == [1, 4]


def _shown(path: Path) -> str:
    """Return a path with ~ for the home folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
