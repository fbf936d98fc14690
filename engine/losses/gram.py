"""Gram matrices of feature maps, and the style loss that compares them."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def gram_matrix(features: tf.Tensor, mask: tf.Tensor | None = None) -> tf.Tensor:
    """Return the Gram matrix of a feature map: its channel co-activations, averaged over positions.

    Args:
        features: (B, H, W, C) activations of one layer, any float dtype.
        mask: (1, H, W, 1) float32 weights of the positions, in [0, 1], or None.

    Returns:
        (B, C, C) float32, symmetric positive semi-definite.

    References:
        Gatys et al. 2015, arXiv:1508.06576, Methods. Differs: divided by H * W,
        so that the size of the picture does not rescale the loss. With a mask,
        the guided Gram matrix of Gatys et al. 2017, arXiv:1611.07865, section 4:
        features times mask, divided by the sum of the squared mask.
    """
    if mask is None:
        positions = tf.cast(tf.shape(features)[1] * tf.shape(features)[2], tf.float32)
        return co_activations(features) / positions
    guided = tf.cast(features, tf.float32) * mask
    return co_activations(guided) / tf.maximum(tf.reduce_sum(mask * mask), 1e-6)


@tf.custom_gradient
def co_activations(features: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Sum F' F over the positions of features (B, H, W, C); return (B, C, C) float32.

    The gradient F (G + G') takes one matrix product, where autodiff takes two.
    """
    flat = tf.cast(_flatten(features), tf.float32)
    sums = tf.matmul(flat, flat, transpose_a=True)

    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        symmetric = upstream + tf.linalg.matrix_transpose(upstream)
        return tf.cast(tf.reshape(tf.matmul(flat, symmetric), tf.shape(features)), features.dtype)

    return sums, gradient


def _flatten(features: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(features)
    return tf.reshape(features, [shape[0], shape[1] * shape[2], features.shape[-1]])


def gram_loss(gram: tf.Tensor, target: tf.Tensor, energy: tf.Tensor) -> tf.Tensor:
    """Return the style loss of one layer: the relative squared distance of two Gram matrices.

    Args:
        gram: (B, C, C) float32 of the painting.
        target: (B, C, C) or (C, C) float32 of the style.
        energy: () float32, what the squared distance is divided by; see `gram_energy`.

    Returns:
        () float32: 0 if they are equal.

    References:
        Gatys et al. 2015, equation 4. Differs: relative to `energy` instead of 4 N^2 M^2.
    """
    return tf.reduce_sum(tf.math.squared_difference(gram, target)) / energy


def gram_energy(style: tf.Tensor, content: tf.Tensor) -> tf.Tensor:
    """Return |S|^2 + |C|^2 of the style's and the photo's Gram matrices.

    Both are positive semi-definite, so their inner product is not negative and
    the photo's own relative loss lies in [0, 1] for any two pictures.
    """
    return tf.reduce_sum(style * style) + tf.reduce_sum(content * content) + 1e-12
