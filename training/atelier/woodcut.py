"""Woodcut: flat colours, and lines cut along the form."""

from __future__ import annotations

import numpy as np

from training.atelier.canvas import (
    Field,
    Picture,
    Sheet,
    colour,
    curve,
    drawing,
    drawn,
    over,
    palette,
    paper,
    ramp,
    step,
)


def long_swell(sheet: Sheet) -> Picture:
    """Woodcut: a train of waves under a red sun, cut in lines that follow the water."""
    x, y = sheet.grid()
    wide, high = sheet.extent
    ground = paper(sheet, "efe3c6", 0.05)
    wood = sheet.noise(26, 4, (9, 0.6))
    sky = ramp(palette("24507a 6f9fae c9cfb4 efdcae f0c08a"), np.clip(y / (0.55 * high), 0, 1))
    picture = over(ground, sky, 0.86 * (0.85 + 0.15 * wood))
    sun = np.hypot(x - 0.70 * wide, y - 0.27 * high)
    picture = over(picture, colour("c93a24"), step(-88, -sun, 2) * (0.9 + 0.1 * wood))
    for a, b, long in (
        (0.18, 0.13, 210),
        (0.48, 0.20, 180),
        (0.88, 0.12, 170),
        (0.33, 0.30, 150),
        (0.84, 0.37, 130),
    ):
        band = np.abs(y - b * high - 7 * np.sin(x / 37)) - 9 * np.sqrt(
            np.clip(1 - ((x - a * wide) / long) ** 2, 0, 1)
        )
        picture = over(picture, colour("f3ead2"), step(0, -band, 2) * (np.abs(x - a * wide) < long))
    peak = 0.50 * high - 215 * np.exp(-np.abs(x - 0.27 * wide) / 105)
    picture = over(picture, ramp(palette("274b73 3f6a8c"), wood), step(0, y - peak, 2))
    snow = 0.50 * high - 215 + 84 + 26 * np.abs(np.sin(x / 11)) + 12 * np.sin(x / 5)
    cap = step(0, y - peak, 2) * step(0, snow - y, 2)
    picture = over(picture, colour("f6efdd"), cap)
    tones = ("7fa8b0", "4f88a0", "2f6a94", "1f4f80", "173a66")
    for index, (base, tall) in enumerate(
        zip((0.50, 0.57, 0.66, 0.77, 0.91), (46, 84, 128, 160, 104), strict=True)
    ):
        picture = _swell(sheet, picture, base * high, tall, colour(tones[index]), index, wood)
    return np.clip(picture * (1 + sheet.grain(0.02)[..., None]), 0, 1)


def _swell(
    sheet: Sheet,
    picture: Picture,
    base: float,
    tall: float,
    tone: Picture,
    index: int,
    wood: Field,
) -> Picture:
    """Print one row of waves: flat colour, lines cut along the crest, foam with claws."""
    x, y = sheet.grid()
    period = 230 + 95 * index
    phase = sheet.rng.uniform(0, 2 * np.pi)
    # A trochoid leans over: the crest is sharp and the trough is wide.
    turn = 2 * np.pi * x / period + phase
    turn = turn + 0.55 * np.sin(turn + 1.3) + 0.30 * np.sin(2 * turn + 1.0) + 0.6 * np.sin(x / 310 + index)
    crest = base - tall * (0.5 + 0.5 * np.cos(turn)) ** 1.25 - 12 * np.sin(x / 140 + 2 * index)
    below = y - crest
    body = step(0, below, 2)
    picture = over(picture, tone * (0.93 + 0.10 * wood[..., None]), body)
    lean = below + 0.24 * tall * np.sin(turn) * np.exp(-below / (1.4 * tall))
    spacing = 11 + 2.2 * index
    width = 0.44 * np.clip(1.25 - below / (2.0 * tall), 0.10, 1) * (0.75 + 0.5 * np.cos(turn + 0.6))
    wave = np.abs((lean / spacing + 0.12 * np.sin(x / 23)) % 1 - 0.5)
    cut = step(0, width - wave, 0.12) * step(10, below, 4) * (wood > 0.10)
    picture = over(picture, colour("e9dfc4"), 0.92 * cut * body)
    dark: Field = step(0, 0.16 - np.abs(((lean + 0.5 * spacing) / (3 * spacing)) % 1 - 0.5), 0.1) * step(
        1.0 * tall, below, 40
    )
    picture = over(picture, colour("0f2747"), 0.8 * dark * body)
    dark, white = _foam(sheet, crest[0], turn[0], index)
    picture = over(picture, colour("12294a"), dark * 0.95)
    edge = step(-1.6, -np.abs(below), 1.4) * 0.9
    picture = over(picture, colour("12294a"), edge)
    return over(picture, colour("f8f2e2"), white)


def _foam(sheet: Sheet, line: Field, turn: Field, index: int) -> tuple[Field, Field]:
    """Draw drops and claws along a crest; return their outlines and what they cover.

    Args:
        sheet: what is drawn on.
        line: (W,) the height of the crest.
        turn: (W,) where in its wave each column is, in radians.
        index: which row of waves, from the horizon.
    """
    rng, (wide, _) = sheet.rng, sheet.extent
    pen, ink, times = drawing(sheet), drawing(sheet), 2
    scale = sheet.unit * times
    for column in np.arange(0, wide, 4.2):
        pixel = min(sheet.width - 1, int(column * sheet.unit))
        strength = (0.5 + 0.5 * np.cos(turn[pixel])) ** 1.4
        if rng.random() > 0.15 + 0.95 * strength:
            continue
        size = (3 + (5 + 2.2 * index) * strength) * rng.uniform(0.5, 1.1)
        a, b = column + rng.normal(0, 3), line[pixel] + rng.normal(0, 4) - 0.3 * size
        for brush, grow, fill in ((ink, 2.2, 255), (pen, 0, 255)):
            half = (size + grow) * scale
            brush.ellipse((a * scale - half, b * scale - half, a * scale + half, b * scale + half), fill=fill)
        if strength > 0.45:
            reach, drop = size * rng.uniform(1.6, 2.6), size * rng.uniform(0.8, 2.0)
            claw = curve(
                [
                    (a, b - 0.5 * size),
                    (a + 0.7 * reach, b - 0.3 * size),
                    (a + reach, b + drop),
                    (a + 0.55 * reach, b + 0.25 * drop),
                    (a, b + 0.7 * size),
                ],
                6,
            )
            points = [tuple(point * scale) for point in claw]
            ink.line([*points, points[0]], fill=255, width=max(1, round(4 * sheet.unit)))
            pen.polygon(points, fill=255)
        for _ in range(int(3 * strength * rng.random())):
            p, q, half = a + rng.normal(8, 18), b - rng.exponential(16), rng.uniform(1, 2.6) * scale
            pen.ellipse((p * scale - half, q * scale - half, p * scale + half, q * scale + half), fill=255)
    return drawn(ink), drawn(pen)
