"""The clients and caches that requests share."""
