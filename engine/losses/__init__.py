"""How far a painting is from what it should be: pure functions of feature maps.

Every loss is relative: divided by the size of what it compares, so that it does
not depend on the scale of a network's features nor on the size of the picture,
and a weight means the same everywhere. Sums and Gram matrices are in float32,
whatever the features are in.
"""
