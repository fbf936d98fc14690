"""One attempt at a job with a one-pass style: one pass, with nothing to steer, show or resume."""

from __future__ import annotations

from engine.recipe.history import History
from jobs.job import Status
from worker import pictures
from worker.attempt import Attempt
from worker.pictures import Floats

NETWORK = "feedforward"
"""What a result names as its network; its recipe names the style. Release 1.0 wrote "brush"."""


class FeedforwardAttempt(Attempt):
    """Paints the job of a recipe that names a one-pass style."""

    def paint(self) -> str:
        """Paint it; returns and raises like `Attempt.paint`."""
        context = self._context
        self._originals = pictures.fetch(context.media, self.job)
        self._publisher.publish_loading()
        if self._should_hand_over(NETWORK):
            return self._hand_over(None)
        context.wait_until_loaded()
        recipe = self.job.recipe
        self._store_result(self._picture(), recipe, History(initial_recipe=recipe), NETWORK, Status.FINISHED)
        return Status.FINISHED.value

    def _picture(self) -> Floats:
        styles, recipe = self._context.networks.feedforward_styles, self.job.recipe
        return styles.apply(self._originals.content.rgb, recipe.feedforward_style, size=recipe.size)
