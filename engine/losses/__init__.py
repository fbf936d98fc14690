"""The losses that a painting minimises, as pure functions of feature maps.

Every loss is relative: it is divided by the energy of what it compares. So it
does not depend on the scale of a network's features or on the size of the
picture, and a weight means the same everywhere. Sums and Gram matrices are
computed in float32, whatever type the features have.
"""
