"""Where a network's weights come from: built in, a given file, or the cache; fetching is an act of its own.

Nothing here downloads unless `fetch` is called, and TensorFlow is not loaded.
A file may hold only VGG19's first layers: it serves for those.
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
class Published:
    """A file of weights that somebody publishes.

    Attributes:
        name: the network's name.
        url: where the file is.
        md5: its hash, by which a download is judged.
        file_name: what it is called in a cache.
    """

    name: str
    url: str
    md5: str
    file_name: str


VGG19 = Published(
    name="VGG19",
    url="https://storage.googleapis.com/tensorflow/keras-applications/vgg19/"
    "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
    md5="253f8cb515780f3b799900260a226db6",
    file_name="vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
)
"""VGG19 without its classifier, where Keras keeps it; address and hash are those of keras.applications."""


VGG16 = Published(
    name="VGG16",
    url="https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"
    "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    md5="6d6bbae143d832006294945121d1f1fc",
    file_name="vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
)
"""VGG16 without its classifier, likewise."""


@dataclass(frozen=True, kw_only=True)
class WeightsStatus:
    """What is known of the weights on this machine.

    Attributes:
        path: the file that is used, or None.
        network: which network's it is: "vgg19", or "compact" where VGG19's is not there.
        layers: the convolutions of VGG19 that it holds, from the picture upwards.
        problem: why it cannot be used, as a sentence, or None.
        code: the problem's code, or None.
    """

    path: Path | None
    network: str = "vgg19"
    layers: tuple[str, ...] = ()
    problem: str | None = None
    code: str | None = None

    @property
    def complete(self) -> bool:
        """Whether all of VGG19's layers are there."""
        return self.layers == VGG19_LAYERS


COMPACT_FILE = PRETRAINED / "encoder.npz"
"""The compact network, which ships."""


@dataclass(frozen=True)
class Source:
    """A network by its name, "vgg19", "vgg16" or "compact", and its file."""

    network: str
    path: Path


def default_cache(cache_home: str | Path | None = None) -> Path:
    """Return the folder for downloaded weights.

    Args:
        cache_home: the user's folder for caches, as XDG_CACHE_HOME names it;
            an empty or relative one does not count, as that standard says.
    """
    home = Path(cache_home) if cache_home else None
    return (home if home and home.is_absolute() else Path.home() / ".cache") / "pastiche"


def locate(path: Path | None = None, *, cache: Path | None = None) -> Path:
    """Return the file that holds VGG19's weights.

    Args:
        path: the file that was asked for; None looks in the cache, then in Keras's own.
        cache: another folder than `default_cache()`.

    Raises:
        WeightsError: it is not there; says how to provide it.
    """
    if path is not None:
        if path.is_file():
            return path
        raise WeightsError(
            f"The file of weights “{_shown(path)}” is not there; correct its name "
            "(VGG19_WEIGHTS or --weights), or leave it out and run `python -m engine weights fetch`.",
            code="weights-file-missing",
        )
    cache = cache or default_cache()
    keras = Path.home() / ".keras" / "models"
    for folder in (cache, keras):
        if (folder / VGG19.file_name).is_file():
            return folder / VGG19.file_name
    raise WeightsError(
        f"VGG19's weights, “{VGG19.file_name}”, are missing: run `python -m engine weights fetch` (80 MB), "
        f"or copy the file from {VGG19.url} into {_shown(cache)}, or name it in VGG19_WEIGHTS or --weights.",
        code="weights-not-fetched",
    )


def resolve(backbone: str, path: Path | None = None, *, cache: Path | None = None) -> Source:
    """Return the network that paints, and its file.

    Args:
        backbone: as a recipe has it: "vgg19", "vgg16", "compact", or "auto" for
            VGG19 where its file is, and else the compact network, which ships.
        path: VGG19's file where somebody named one; None looks as `locate` does.
        cache: another folder than `default_cache()`.

    Raises:
        WeightsError: VGG19 was asked for, or a file was named, and it is not
            there; or the compact network is not, though it should; or a folder
            cannot be read, so that nobody knows whether it is there.
    """
    try:
        return _resolved(backbone, path, cache)
    except OSError as exc:
        place = Path(exc.filename) if exc.filename else path or cache or default_cache()
        raise WeightsError(
            f"The file of weights “{_shown(place)}” cannot be read ({exc.strerror or exc}); let Pastiche "
            "read it and the folders that it lies in, or name another file (VGG19_WEIGHTS or --weights).",
            code="weights-unreadable",
        ) from exc


def _resolved(backbone: str, path: Path | None, cache: Path | None) -> Source:
    if backbone == "compact":
        if not COMPACT_FILE.is_file():
            raise WeightsError(
                f"The built-in network “{COMPACT_FILE.name}” is missing: this copy of Pastiche is "
                "incomplete; install it anew.",
                code="network-missing",
            )
        return Source("compact", COMPACT_FILE)
    if backbone == "vgg16":
        return Source("vgg16", _locate_vgg16(path, cache))
    try:
        return Source("vgg19", locate(path, cache=cache))
    except WeightsError:
        # A name that leads nowhere is a mistake to be told, not a wish for another network.
        if backbone == "vgg19" or path is not None or not COMPACT_FILE.is_file():
            raise
        return Source("compact", COMPACT_FILE)


def _locate_vgg16(path: Path | None, cache: Path | None) -> Path:
    # What was named is usually VGG19's file, beside which VGG16's is kept.
    folders = [cache or default_cache(), Path.home() / ".keras" / "models"]
    if path is not None:
        if path.is_file() and holds_vgg16(path):
            return path
        folders.insert(0, path.parent)
    for folder in folders:
        if (folder / VGG16.file_name).is_file():
            return folder / VGG16.file_name
    raise WeightsError(
        f"VGG16's weights, “{VGG16.file_name}”, are missing: run `python -m engine weights fetch --network "
        f"vgg16` (59 MB), or copy the file from {VGG16.url} into {_shown(folders[-2])}.",
        code="weights-not-fetched",
    )


def holds_vgg16(path: Path) -> bool:
    """Whether a file in Keras's HDF5 layout is VGG16's, and reaches far enough to be told from VGG19's."""
    try:
        with h5py.File(path, "r") as file:
            return "block4_conv1" in file and "block3_conv4" not in file
    except OSError:
        return False


def status(path: Path | None = None, *, cache: Path | None = None) -> WeightsStatus:
    """Look for the network that `auto` takes, and into VGG19's file; raises nothing."""
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
    """Return which of VGG19's convolutions a file in Keras's HDF5 layout holds, in order.

    Raises:
        WeightsError: it is not such a file, or holds none of them, or not from the first on.
    """
    try:
        with h5py.File(path, "r") as file:
            held = {name for name in VGG19_LAYERS if name in file and _is_convolution(file[name])}
    except (OSError, RuntimeError, KeyError, ValueError) as exc:
        raise WeightsError(
            f"The file of weights “{_shown(path)}” cannot be read as HDF5, so it is damaged or of another "
            "kind; run `python -m engine weights fetch`, or name another file.",
            code="weights-damaged",
        ) from exc
    layers = tuple(name for name in VGG19_LAYERS if name in held)
    if not layers:
        raise WeightsError(
            f"The file of weights “{_shown(path)}” holds none of VGG19's layers; "
            f"a file in the layout of Keras's “{VGG19.file_name}” is needed.",
            code="weights-empty",
        )
    if layers != VGG19_LAYERS[: len(layers)]:
        gap = next(name for name in VGG19_LAYERS if name not in held)
        raise WeightsError(
            f"The file of weights “{_shown(path)}” lacks {gap}, without which {layers[-1]} cannot be "
            "reached; name a file that holds VGG19's layers from the first on.",
            code="weights-gap",
        )
    return layers


def is_published(path: Path, published: Published = VGG19) -> bool:
    """Whether a file is, byte for byte, the one that is published."""
    from engine.backbones.download import md5_of  # noqa: PLC0415  (loads what only fetching needs)

    return md5_of(path) == published.md5


def fetch(
    published: Published = VGG19, *, cache: Path | None = None, progress: Progress | None = None
) -> Path:
    """Download weights into the cache, unless they are there; goes on where it broke off.

    Args:
        published: which file.
        cache: another folder than `default_cache()`.
        progress: called with the bytes so far and, where known, of all.

    Raises:
        WeightsError: it could not be downloaded, or is not the published file.
    """
    from engine.backbones.download import download  # noqa: PLC0415  (loads what only fetching needs)

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
    """Return a path as people write it, with ~ for their home."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
