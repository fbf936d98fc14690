"""Measurements that import the engine, never copy it: `script/bench NAME`, or `python -m benchmarks.NAME`."""
