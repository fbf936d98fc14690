"""The losses of a painting as a small curve."""

from __future__ import annotations

import math
from collections.abc import Sequence

WIDTH, HEIGHT = 240, 56
_MARGIN = 2


def curve(losses: Sequence[Sequence[float]]) -> str:
    """Return the total loss over the steps as the points of an SVG polyline, on a logarithmic scale.

    Args:
        losses: (step, content, style, total) each, oldest first.

    Returns:
        "x,y x,y …" within `WIDTH` and `HEIGHT`, or an empty text if there is no curve to draw yet.
    """
    drawn = [(row[0], math.log(row[3])) for row in losses if math.isfinite(row[3]) and row[3] > 0]
    if len(drawn) < 3:
        return ""
    first, last = drawn[0][0], drawn[-1][0]
    low, high = min(y for _, y in drawn), max(y for _, y in drawn)
    across, up = (WIDTH - 2 * _MARGIN) / max(last - first, 1), (HEIGHT - 2 * _MARGIN) / ((high - low) or 1)
    return " ".join(f"{_MARGIN + (x - first) * across:.1f},{_MARGIN + (high - y) * up:.1f}" for x, y in drawn)
