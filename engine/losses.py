"""How far a painting is from what it should be: pure functions of feature maps.

Every loss is relative: divided by the size of what it compares, so that it does
not depend on the scale of a network's features nor on the size of the picture,
and a weight means the same everywhere. Sums and Gram matrices are in float32,
whatever the features are in.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def gram_matrix(features: tf.Tensor, mask: tf.Tensor | None = None) -> tf.Tensor:
    """Average the channel co-activations of a feature map over its positions.

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
    """Sum F' F over positions, (B, C, C) float32, of features (B, H, W, C).

    Its gradient F (G + G') is one product, where autodiff makes two.
    """
    flat = tf.cast(_flatten(features), tf.float32)
    sums = tf.matmul(flat, flat, transpose_a=True)

    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        both = upstream + tf.linalg.matrix_transpose(upstream)
        return tf.cast(tf.reshape(tf.matmul(flat, both), tf.shape(features)), features.dtype)

    return sums, gradient


def _flatten(features: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(features)
    return tf.reshape(features, [shape[0], shape[1] * shape[2], features.shape[-1]])


def gram_loss(gram: tf.Tensor, target: tf.Tensor, energy: tf.Tensor) -> tf.Tensor:
    """Compare Gram matrices.

    Args:
        gram: (B, C, C) float32 of the painting.
        target: (B, C, C) or (C, C) float32 of the style.
        energy: () float32, what the squared distance is divided by; see `gram_energy`.

    Returns:
        () float32: 0 where they are equal.

    References:
        Gatys et al. 2015, equation 4. Differs: relative to `energy` in place of 4 N^2 M^2.
    """
    return tf.reduce_sum(tf.math.squared_difference(gram, target)) / energy


def gram_energy(style: tf.Tensor, content: tf.Tensor) -> tf.Tensor:
    """Return |S|^2 + |C|^2 of two Gram matrices, the scale of their distance.

    Both are positive semi-definite, so their inner product is not negative and
    the photo's own relative loss lies in [0, 1], whatever the pictures.
    """
    return tf.reduce_sum(style * style) + tf.reduce_sum(content * content) + 1e-12


def feature_loss(features: tf.Tensor, target: tf.Tensor, weight: tf.Tensor, energy: tf.Tensor) -> tf.Tensor:
    """Compare feature maps position by position: the content loss, and that of matched patches.

    Args:
        features: (1, H, W, C) of the painting, any float dtype.
        target: (1, H, W, C) of the same dtype.
        weight: (1, H, W, 1) or (1, 1, 1, 1) float32, each position's say.
        energy: () float32, the mean square that the distance is divided by.

    Returns:
        () float32: the weighted mean squared difference over `energy`.

    References:
        Gatys et al. 2015, equation 1. Differs: a mean relative to the content's own
        energy in place of a sum, and a weight for each position.
    """

    @tf.custom_gradient
    def loss(maps: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        difference = tf.cast(maps - target, tf.float32)
        weighted = weight * difference
        count = _count(maps)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return tf.cast(weighted * (2 * upstream / count / energy), maps.dtype)

        return tf.reduce_sum(weighted * difference) / count / energy, gradient

    return loss(features)


def feature_energy(target: tf.Tensor) -> tf.Tensor:
    """Return the mean square of a feature map, as () float32 above zero."""
    return tf.reduce_mean(tf.square(tf.cast(target, tf.float32))) + 1e-12


def total_variation(image: tf.Tensor) -> tf.Tensor:
    """Measure fine noise: the mean squared difference of neighbouring pixels, down and across.

    Args:
        image: (1, H, W, 3) float32.

    Returns:
        () float32: 0 for a flat picture. Its gradient is written out, as that of
        TensorFlow's slices takes longer than a convolution.

    References:
        Mahendran & Vedaldi 2014, arXiv:1412.0035, with beta = 2. Differs: a mean
        in place of a sum, so that the size does not rescale it.
    """

    @tf.custom_gradient
    def variation(picture: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        down, across = picture[:, 1:] - picture[:, :-1], picture[:, :, 1:] - picture[:, :, :-1]

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            per_down = down * (2 * upstream / _count(down))
            per_across = across * (2 * upstream / _count(across))
            return (
                tf.pad(per_down, [[0, 0], [1, 0], [0, 0], [0, 0]])
                - tf.pad(per_down, [[0, 0], [0, 1], [0, 0], [0, 0]])
                + tf.pad(per_across, [[0, 0], [0, 0], [1, 0], [0, 0]])
                - tf.pad(per_across, [[0, 0], [0, 0], [0, 1], [0, 0]])
            )

        value = tf.reduce_mean(tf.square(down)) + tf.reduce_mean(tf.square(across))
        return value, gradient

    return variation(image)


def _count(tensor: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.size(tensor), tf.float32)
