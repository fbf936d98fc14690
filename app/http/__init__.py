"""What applies to every request: identity, headers, limits, errors and health checks."""
