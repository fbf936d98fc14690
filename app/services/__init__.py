"""The clients and caches that all requests share."""
