"""`python -m engine`: the command line. This module reads the environment; `engine.cli` does the rest."""

import contextlib
import os
import sys
from typing import TextIO


def run() -> int:
    """Run the command line in this process's environment."""
    # Otherwise TensorFlow prints its build options over the progress bar; see `engine.quiet`.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        from engine.cli import streams  # noqa: PLC0415

        streams.prepare()
        # Native code is silenced at descriptor 2; our own progress bar goes on through a copy of it.
        with contextlib.suppress(OSError, AttributeError):
            sys.stderr = _again(sys.stderr)
        from engine.cli.main import main  # noqa: PLC0415

        code = main(sys.argv[1:], os.environ)
        return code if streams.finish() else code or 1
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as exc:
        sys.stderr.write(
            f"pastiche: This Python has no module {exc.name}. Run .venv/bin/python -m engine, which "
            "script/server sets up, or install requirements.txt.\n"
        )
        return 1


def _again(stream: TextIO) -> TextIO:
    """Open what a stream writes to once more."""
    descriptor = os.dup(stream.fileno())
    return os.fdopen(descriptor, "w", buffering=1, encoding=stream.encoding, errors=stream.errors)


if __name__ == "__main__":
    sys.exit(run())
