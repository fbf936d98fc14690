"""Prints: pictures that are too large for the network to see in one piece, painted tile by tile."""
