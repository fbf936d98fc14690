"""How the engine's functions become TensorFlow graphs."""

from __future__ import annotations

import functools

import tensorflow as tf

traced = functools.partial(tf.function, autograph=False)
"""`tf.function` for code whose conditions and loops are TensorFlow's own.

AutoGraph would first read and rewrite the source of everything that is called: half of the time until
a first step, for nothing.
"""
