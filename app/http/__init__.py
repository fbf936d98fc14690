"""What every request goes through: identity, headers, limits, errors, health."""
