"""Turn the engine's functions into TensorFlow graphs."""

from __future__ import annotations

import functools

import tensorflow as tf

traced = functools.partial(tf.function, autograph=False)
"""`tf.function` for code whose conditions and loops are already TensorFlow operations.

AutoGraph would read and rewrite the source of every function called. That takes half of the time before
the first step, and changes nothing here.
"""
