"""The time-lapse of how a picture was painted: from snapshots to MP4, GIF and WebP."""
