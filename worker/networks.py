"""The networks that paint, each opened once and kept from job to job; lives in a worker's child."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from engine.backbones.weights import default_cache, resolve
from engine.recipe import Recipe
from jobs.settings import Settings

if TYPE_CHECKING:
    from engine.backbones import Backbone
    from engine.feedforward.styles import FeedforwardStyles

PRECISION_FILE = "precision.json"
"""What was measured to be faster here, for this and the next children: the precision, and on GPUs XLA."""


class Networks:
    """Opens networks and keeps the last backbone, with the graphs that were traced for it.

    Each method imports TensorFlow when it is called, which must happen in the child only.

    Args:
        settings: where the weights are, and where measurements are kept.

    Attributes:
        open_count: how often a backbone had to be opened.
    """

    def __init__(self, settings: Settings) -> None:
        self._given = settings.vgg19_weights
        self._cache = default_cache(settings.cache_home)
        self._precision_file = settings.data / PRECISION_FILE
        self._backbone: tuple[object, Backbone] | None = None
        self.open_count = 0

    def backbone(self, recipe: Recipe) -> Backbone:
        """Return the backbone of a recipe.

        Raises:
            WeightsError: its weights are missing or damaged.
        """
        from engine.backbones import load_backbone  # noqa: PLC0415

        key = self._key(recipe)
        kept = self._backbone
        if kept is None or kept[0] != key:
            self._backbone = None  # frees its memory before the next one is loaded
            kept = (
                key,
                load_backbone(recipe, self._given, cache=self._cache, precision_cache=self._precision_file),
            )
            self._backbone = kept
            self.open_count += 1
        # Not `self._backbone`: the calibrating thread may have opened another one by now.
        return kept[1]

    def needs_no_trial(self, recipe: Recipe) -> bool:
        """Return whether `backbone` can open a recipe's network without first measuring what is faster.

        Raises:
            WeightsError: its weights are missing.
        """
        from engine.backbones.precision import is_settled  # noqa: PLC0415

        network = resolve(recipe.backbone, self._given, cache=self._cache).network
        return is_settled(recipe.precision, self._precision_file, network=network)

    @cached_property
    def feedforward_styles(self) -> FeedforwardStyles:
        """The network that paints one-pass styles.

        Raises:
            WeightsError: it is missing or damaged.
        """
        from engine.feedforward.styles import FeedforwardStyles  # noqa: PLC0415

        return FeedforwardStyles.load()

    def _key(self, recipe: Recipe) -> object:
        path = resolve(recipe.backbone, self._given, cache=self._cache).path
        facts = path.stat()
        return recipe.backbone, recipe.pooling, recipe.precision, path, facts.st_mtime, facts.st_size
