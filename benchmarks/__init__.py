"""Measurements that run the engine itself: `script/bench NAME` or `python -m benchmarks.NAME`."""
