"""What script/server runs: Redis, the workers, the janitor and the web, as one thing with one Ctrl-C.

It starts them in that order, prints the address once a visitor would get an
answer and a worker has announced itself, restarts what dies, and stops them in
the opposite order within 20 seconds.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.errors import PasticheError
from jobs.settings import Settings
from runner.processes import Signals
from runner.single_instance import listen, lock_folder
from runner.supervisor import ROOT, Supervisor, print_line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the studio until a signal stops it; return the exit status."""
    signals = Signals()
    try:
        # Only jobs.settings reads the environment; this passes it on to the children.
        environ = _environment(_parse(arguments), os.environ)
        settings = Settings.from_env(environ)
        # The children run in this folder too, so that a relative URL means the same to all.
        os.chdir(ROOT)
        with lock_folder(settings.data) as lock, listen(settings.host, settings.port) as listener:
            Supervisor(environ, listener, lock, signals).run()
    except PasticheError as error:
        print_line(str(error))
        return 1
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/server",
        description="Run the whole studio on this machine until Ctrl-C.",
        epilog="Set REDIS_URL, DATABASE_URL, MEDIA_URL or VGG19_WEIGHTS to replace the built-in Redis, "
        "the SQLite database, the folder of pictures or the cached weights.",
    )
    parser.add_argument("--port", type=int, metavar="PORT", help="where to listen (PORT, else 8000)")
    parser.add_argument("--host", help="the address to listen on (HOST, else 127.0.0.1: only this machine)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="where everything is kept (PASTICHE_DATA, else var/data)"
    )
    return parser.parse_args(arguments)


def _environment(options: argparse.Namespace, outer: Mapping[str, str]) -> dict[str, str]:
    """Return the children's environment: the outer one with the options, and with absolute paths."""
    data = options.data or outer.get("PASTICHE_DATA") or ROOT / "var" / "data"
    environ = dict(outer) | {"PASTICHE_DATA": str(Path(data).absolute())}
    if options.host:
        environ["HOST"] = options.host
    if options.port is not None:
        environ["PORT"] = str(options.port)
    if weights := outer.get("VGG19_WEIGHTS"):
        environ["VGG19_WEIGHTS"] = str(Path(weights).absolute())
    return environ


if __name__ == "__main__":
    sys.exit(main())
