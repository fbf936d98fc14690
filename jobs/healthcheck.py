"""Checks that a worker of this machine, or container, announces itself: `python -m jobs.healthcheck`.

While Redis is away this cannot be known, and a worker that paints must not be
restarted for it, so the answer is yes.
"""

from __future__ import annotations

import contextlib
import sys

from jobs.live import Live
from jobs.processes import this_host
from jobs.settings import Settings


def main() -> int:
    """Return 0 if a worker has announced itself within the last seconds."""
    with contextlib.closing(Live.open(Settings.from_env().redis_url)) as live:
        if not live.ping():
            return 0
        return 0 if any(note.host == this_host() for note in live.workers()) else 1


if __name__ == "__main__":
    sys.exit(main())
