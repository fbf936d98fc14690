"""A picture of many megapixels, moved in place by Adam, and its total variation.

Everything here works on bands of rows, so that no further copy of the picture
is ever made.
"""

from __future__ import annotations

import numpy as np

from engine.backbones import Array
from engine.optimize.adam import Adam

_ROWS = 128


class InPlaceAdam:
    """Adam with averaged iterates, as `engine.optimize.adam.Adam` but in place.

    L-BFGS keeps twenty pictures in memory, which is gigabytes at this size; Adam three.

    Args:
        picture: (H, W, 3) float32 in [0, 1]; it is copied, since it may be the photo itself.
        rate: the length of a step, where 1 is from black to white.

    Attributes:
        here: the present iterate, where gradients are to be taken.
        steps: how many were made.
    """

    WARM_UP = 4
    """The first steps are shorter: a picture that was nearly done must not be spoilt by full ones."""

    def __init__(self, picture: Array, *, rate: float) -> None:
        self.here = np.array(picture, np.float32, order="C")
        self._rate = rate
        self.restart()

    def restart(self) -> None:
        """Forget what was learned of the gradients; the present picture is the result so far."""
        self.steps = 0
        self._mean, self._square, self._average = (np.zeros_like(self.here) for _ in range(3))

    @property
    def picture(self) -> Array:
        """(H, W, 3) the average of the iterates; the caller's own, for this canvas moves in place."""
        if self.steps == 0:
            return self.here.copy()
        average = self._average / np.float32(1 - Adam.AVERAGE_DECAY**self.steps)
        return np.asarray(np.minimum(average, 1, out=average), np.float32)

    def move(self, gradient: Array) -> None:
        """Make a step against the gradient, which is used up."""
        self.steps += 1
        b1, b2, b3 = Adam.MEAN_DECAY, Adam.SQUARE_DECAY, Adam.AVERAGE_DECAY
        rate = self._rate * min(1.0, self.steps / self.WARM_UP) / (1 - b1**self.steps)
        unbias = 1 / (1 - b2**self.steps)
        for rows in bands(len(self.here)):
            here, mean, square, average = (
                whole[rows] for whole in (self.here, self._mean, self._square, self._average)
            )
            slope = gradient[rows]
            mean += (1 - b1) * (slope - mean)
            square += (1 - b2) * (slope * slope - square)
            here -= rate * mean / (np.sqrt(square * unbias) + 1e-12)
            np.clip(here, 0, 1, out=here)
            average += (1 - b3) * (here - average)


def bands(height: int) -> list[slice]:
    """Divide rows into bands."""
    return [slice(top, min(height, top + _ROWS)) for top in range(0, height, _ROWS)]
