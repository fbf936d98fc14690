"""What a loss is, and the list of all losses.

A loss is a class in a module of this package, which names it `LOSS`; nothing
else has to know about it. One object of the class belongs to one scale of a
painting. It measures the photo and the styles, part by part, and returns
targets. Two pure functions compare a picture with those: `sums` returns tensors
that add up over the parts of a picture, and `value` the loss from the sums of
the full picture. So the same functions serve a picture in one piece and in
tiles, and a tile's gradient belongs to the loss of the full picture.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import tensorflow as tf

from engine.backbones import Array, Backbone
from engine.backbones.interface import stride
from engine.losses.layers import LayerWeights
from engine.losses.regions import Region, layer_mask
from engine.losses.weights import Role
from engine.recipe import Recipe
from engine.recipe.scales import StepLimits

Maps = Mapping[str, Any]
"""Feature maps by layer, (1, h, w, C) each."""

Target = dict[str, Any]
"""What a loss compares a picture with: by layer or `PIXELS`, a NamedTuple of tensors.

A tensor (N, h, w, C) of the size of that layer's map is cut into tiles with it."""

PIXELS = "pixels"
"""Takes the place of a layer in the targets of losses that compare the picture itself."""


def layer_stride(layer: str) -> int:
    """Return how many times smaller than the picture a layer's map is; 1 for `PIXELS`."""
    return 1 if layer == PIXELS else stride(layer)


class Place(NamedTuple):
    """Where a part lies in a map: its rows and columns, and the (height, width) of the full map."""

    rows: slice
    columns: slice
    full: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """The (height, width) of the part."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start

    @property
    def share(self) -> float:
        """The share of the full map's positions that the part has."""
        return self.size[0] * self.size[1] / (self.full[0] * self.full[1])

    def cut(self, tensor: Any) -> Any:
        """Cut the part out of a tensor that is a full map, (N, H, W, C); return any other as it is."""
        is_map = len(tensor.shape) == 4 and tuple(tensor.shape[1:3]) == self.full
        return tf.convert_to_tensor(tensor[:, self.rows, self.columns]) if is_map else tensor


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a picture: all of it, or what a tile measures without its halo.

    Attributes:
        image: (1, H, W, 3) float32 in [0, 1]; a tile has its halo.
        maps: the part's feature maps.
        shares: by layer, the share of the full map's positions that the part has.
        box: (4,) int32, the top, bottom, left and right of the part in `image`; None is all of it.
        places: by layer, where a tile lies in the full map; empty for a full picture.
    """

    image: tf.Tensor
    maps: Maps
    shares: Mapping[str, Any]
    box: tf.Tensor | None = None
    places: Mapping[str, Place] = field(default_factory=dict)

    @classmethod
    def full(cls, image: tf.Tensor, maps: Maps) -> Part:
        """Return a full picture as its only part."""
        return cls(image, maps, dict.fromkeys(maps, 1.0))

    def cut(self, layer: str, tensor: Any) -> Any:
        """Cut this part out of a full map of a layer."""
        return self.places[layer].cut(tensor) if self.places else tensor

    @property
    def pixel_size(self) -> tuple[tf.Tensor, tf.Tensor]:
        """The part's height and width in pixels, () int32 each."""
        size = tf.shape(self.image)[1:3] if self.box is None else self.box[1::2] - self.box[::2]
        return size[0], size[1]

    def pixels(self, margin: int = 0) -> tf.Tensor:
        """Return the part's pixels, with a margin below and to the right where the picture goes on there."""
        if self.box is None:
            return self.image
        top, bottom, left, right = tf.unstack(self.box)
        return self.image[:, top : bottom + margin, left : right + margin]


@dataclass(frozen=True, eq=False)
class Scene:
    """What losses compare at one scale, apart from the features.

    Attributes:
        recipe: as it was when the scale began.
        backbone: the network whose features are compared.
        size: the (height, width) of the picture.
        styles: their number.
        regions: of the picture, by the styles' masks.
        content_mask: how much the photo matters in each place, (h, w), or None.
    """

    recipe: Recipe
    backbone: Backbone
    size: tuple[int, int]
    styles: int
    regions: Sequence[Region]
    content_mask: Array | None

    def map_size(self, layer: str) -> tuple[int, int]:
        """Return the (height, width) of a layer's map."""
        step = layer_stride(layer)
        return -(-self.size[0] // step), -(-self.size[1] // step)

    def region_masks(self, layer: str) -> tf.Tensor:
        """Return the regions' masks at a layer, (R, h, w, 1) float32; (0, 1, 1, 1) if there are none."""
        masks = [layer_mask(r.mask, self.map_size(layer)) for r in self.regions if r.mask is not None]
        return tf.concat(masks, 0) if masks else tf.zeros([0, 1, 1, 1])


class Loss(ABC):
    """One loss at one scale of a painting; see the module.

    Attributes:
        name: of the loss; weights, figures and checkpoints know it by this.
        role: which of the recipe's weights it takes a share of.
        scale: what its weight is multiplied by, if its values are not of the same size as others'.
        in_tiles: whether pictures that are painted in tiles are compared, too.
        layers: the layers whose maps it compares; `layer_weights` are their weights.
        kept_layers: those of them whose full map of the photo `target` takes.
        matched_layers: those whose map of the painting `target` takes; empty if it does not match.
    """

    name: ClassVar[str]
    role: ClassVar[Role]
    scale: ClassVar[float] = 1.0
    in_tiles: ClassVar[bool] = True

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.layer_weights = self.choose_layers(scene.recipe, scene.backbone)
        self.layers = tuple(self.layer_weights)

    @classmethod
    def share(cls, recipe: Recipe) -> float | None:
        """Return its share of its role's weight, 0 to leave it out; None is what the others leave."""
        return None

    @classmethod
    @abstractmethod
    def choose_layers(cls, recipe: Recipe, backbone: Backbone) -> LayerWeights:
        """Return the layers whose maps it compares."""

    @property
    def kept_layers(self) -> tuple[str, ...]:
        """See the attributes of this class."""
        return ()

    @property
    def matched_layers(self) -> tuple[str, ...]:
        """See the attributes of this class."""
        return ()

    def is_match_due(self, step: int, limits: StepLimits) -> bool:
        """Return whether to match again before this step of the scale, which has these limits."""
        return False

    def add_style(self, style: int, maps: Maps, share: float) -> None:
        """Measure a part of a style that has this share of its area; by default, nothing."""
        return

    def add_photo(self, part: Part) -> None:
        """Measure a part of the photo; by default, nothing."""
        return

    @abstractmethod
    def target(self, recipe: Recipe, photo: Maps, painting: Part | None) -> Target:
        """Return what a picture is compared with, after everything has been measured.

        A loss that matches is asked for each part of a painting, and its targets are held until
        a match is due, or the recipe changes. They must depend on the arguments and on what was
        measured only, since a resumed painting matches the same picture again; apart from maps,
        they must be the same for each part.

        Args:
            recipe: with the changes so far.
            photo: the full maps at `kept_layers`, or those of the part.
            painting: the part to match, with its maps at `matched_layers`; None if it does not match.

        Returns:
            Nothing if there is nothing to compare at this scale; others then get its share.
        """

    @staticmethod
    @abstractmethod
    def sums(part: Part, target: Target) -> Any:
        """Return tensors, in any structure, that add up over the parts of a picture.

        Args:
            part: of the picture.
            target: with its maps cut to the part.
        """

    @staticmethod
    @abstractmethod
    def value(sums: Any, target: Target) -> tf.Tensor:
        """Return the loss from the full picture's sums, () float32; of the target it takes no maps."""


@functools.cache
def losses() -> dict[str, type[Loss]]:
    """Return all losses by name: the `LOSS` of each module of this package that has one."""
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = [importlib.import_module(f"{__package__}.{name}") for name in sorted(names)]
    return {module.LOSS.name: module.LOSS for module in modules if hasattr(module, "LOSS")}


def active_losses(recipe: Recipe) -> list[type[Loss]]:
    """Return the losses that have a share by a recipe."""
    return [loss for loss in losses().values() if loss.share(recipe) != 0]


def compared_layers(recipe: Recipe, backbone: Backbone) -> tuple[str, ...]:
    """Return every layer that a loss compares by a recipe, once.

    Raises:
        WeightsError: the recipe names a layer that the network lacks, or the network has
            none of the default layers.
    """
    choices = [loss.choose_layers(recipe, backbone) for loss in active_losses(recipe)]
    return tuple(dict.fromkeys(layer for layers in choices for layer in layers))


def weighted_layers(losses_by_layer: Mapping[str, tf.Tensor], target: Target) -> tf.Tensor:
    """Sum the losses of layers by the `layer_weight` of their targets, () float32."""
    weights = tf.stack([each.layer_weight for each in target.values()])
    return tf.reduce_sum(tf.stack([losses_by_layer[layer] for layer in target]) * weights)
