"""Pictures that are too large to be seen at once, painted tile by tile."""
