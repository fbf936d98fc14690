"""`python -m engine`: the command line. Reads the environment; the rest is in `engine.cli`."""

import os
import sys

from engine.cli.main import main


def run() -> int:
    """Run the command line in this process's environment."""
    # TensorFlow reads it when it is loaded, and would speak of its build over the progress bar.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return main(sys.argv[1:], os.environ)


if __name__ == "__main__":
    sys.exit(run())
