"""How good do the paintings look? Figures that no loss optimises, and blind pairs for judges.

`python -m benchmarks.quality` paints ten pairs in every mode, measures the paintings and
writes a page of blind pairs. `python -m benchmarks.quality.tally` counts what judges chose.
"""
