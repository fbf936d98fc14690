"""Graphics cards: what a process that uses them sets once, before the first picture."""

from __future__ import annotations

import functools
import logging

import tensorflow as tf

_log = logging.getLogger(__name__)


def names() -> list[str]:
    """Name the cards that this process sees; `CUDA_VISIBLE_DEVICES` says which those are."""
    return [
        str(tf.config.experimental.get_device_details(card).get("device_name", card.device_type))
        for card in tf.config.list_physical_devices("GPU")
    ]


@functools.cache
def take_memory_as_needed() -> None:
    """Take each card's memory when it is needed: all of it at once, as usual, leaves none to others."""
    for card in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(card, True)
        except RuntimeError:  # something was computed on it before
            _log.warning("the memory of %s is taken as a whole", card.name)


def peak_bytes() -> int | None:
    """Return the most memory that was taken on the first card so far, or None where there is no card."""
    if not tf.config.list_physical_devices("GPU"):
        return None
    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
