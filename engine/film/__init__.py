"""Time-lapse films of a painting, encoded as MP4, GIF or WebP from snapshots of it."""
