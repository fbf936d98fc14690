"""Measurements that import the engine, never copy it; run by `script/bench`."""
