"""Adam that moves a picture of many megapixels in place.

It works on bands of rows, so that it never makes another copy of the picture.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from engine.backbones import Array
from engine.optimize.adam import Adam, Moments, adam_step

_ROWS = 128


class InPlaceAdam:
    """Adam with averaged iterates, like `engine.optimize.adam.Adam` but in place.

    Adam keeps three pictures in memory; L-BFGS keeps twenty, which is gigabytes at this size.

    Args:
        picture: (H, W, 3) float32 in [0, 1]; it is copied, since it may be the photo itself.
        rate: the length of a step, where 1 is the distance from black to white.

    Attributes:
        iterate: (H, W, 3) float32, the current iterate, where gradients must be taken.
        steps: the number of steps made.
    """

    WARM_UP = 4
    """This many first steps are shorter, so that they do not spoil a picture that is nearly done."""

    def __init__(self, picture: Array, *, rate: float) -> None:
        self.iterate = np.array(picture, np.float32, order="C")
        self._rate = rate
        self.restart()

    def restart(self) -> None:
        """Clear the running means; the current iterate becomes the result so far."""
        self.steps = 0
        self._moments = Moments(*(np.zeros_like(self.iterate) for _ in Moments._fields))

    @property
    def picture(self) -> Array:
        """A new array (H, W, 3) of the average of the iterates."""
        if self.steps == 0:
            return self.iterate.copy()
        average = self._moments.average / np.float32(1 - Adam.AVERAGE_DECAY**self.steps)
        return np.asarray(np.minimum(average, 1, out=average), np.float32)

    def step(self, gradient: Array) -> None:
        """Make one step against a gradient (H, W, 3) float32."""
        self.steps += 1
        numbers = tf.constant([self.steps, self._rate * min(1.0, self.steps / self.WARM_UP), 0.0])
        height = len(self.iterate)
        for top in range(0, height, _ROWS):
            rows = slice(top, min(height, top + _ROWS))
            band = [tf.constant(full[None, rows]) for full in (self.iterate, gradient, *self._moments)]
            iterate, moments, _ = adam_step(band[0], band[1], Moments(*band[2:]), numbers)
            for full, moved in zip((self.iterate, *self._moments), (iterate, *moments), strict=True):
                full[rows] = moved[0].numpy()
