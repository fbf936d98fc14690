"""`python -m engine`: the command line. Reads the environment; the rest is in `engine.cli`."""

import os
import sys


def run() -> int:
    """Run the command line in this process's environment."""
    # TensorFlow reads it when it is loaded, and would speak of its build over the progress bar.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        from engine.cli.main import main  # noqa: PLC0415

        return main(sys.argv[1:], os.environ)
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as exc:
        sys.stderr.write(
            f"pastiche: This Python lacks {exc.name}; use the checkout's own, .venv/bin/python -m engine, "
            "which script/server sets up, or install requirements.txt.\n"
        )
        return 1


if __name__ == "__main__":
    sys.exit(run())
