"""One attempt at a brush's job: a single pass, with nothing to steer, to show or to resume on the way."""

from __future__ import annotations

from engine.recipe.history import History
from jobs.job import Status
from worker import pictures
from worker.attempt import Attempt

NETWORK = "feedforward"
"""What a result says painted it; its recipe says which style. Release 1.0 said "brush"."""


class FeedforwardAttempt(Attempt):
    """Paints the job of a recipe that names a brush."""

    def paint(self) -> str:
        """Paint it: see `Attempt.paint`."""
        self._originals = pictures.fetch(self._painter.media, self.job)
        self._publisher.say_loading()
        if self._is_unwanted(NETWORK):
            return self._hand_over(None)
        self._painter.wait_until_loaded()
        recipe = self.job.recipe
        picture = self._painter.feedforward_styles.apply(
            self._originals.content.rgb, recipe.feedforward_style, size=recipe.size
        )
        self._store(picture, recipe, History(begun=recipe), NETWORK, Status.FINISHED)
        return Status.FINISHED.value
