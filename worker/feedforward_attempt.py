"""One attempt at a brush's job: a single pass, with nothing to steer, to show or to resume on the way."""

from __future__ import annotations

from engine.recipe.history import Making
from jobs.job import Status
from worker import pictures
from worker.attempt import Sitting

NETWORK = "brush"
"""What a result says painted it; its recipe says which brush."""


class OnePass(Sitting):
    """Paints the job of a recipe that names a brush."""

    def paint(self) -> str:
        """Paint it: see `Sitting.paint`."""
        self._originals = pictures.fetch(self._easel.media, self.job)
        self._window.say_loading()
        if self._is_unwanted(NETWORK):
            return self._hand_over(None)
        self._easel.wait_until_loaded()
        recipe = self.job.recipe
        picture = self._easel.brushes.apply(self._originals.content.rgb, recipe.brush, size=recipe.size)
        self._store(picture, recipe, Making(begun=recipe), NETWORK, Status.FINISHED)
        return Status.FINISHED.value
