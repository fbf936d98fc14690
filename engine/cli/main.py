"""The entry point: run a command, and turn what it raises into an exit code."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import NoReturn

from engine.cli.commands import bench, draft, feedforward, film, inspect, paint, weights
from engine.cli.renamed import with_current_names
from engine.cli.session import Session
from engine.errors import PasticheError
from engine.version import __version__

OK, ERROR, USAGE, INTERRUPTED = 0, 1, 2, 130

DESCRIPTION = "Pastiche repaints a photograph in the style of a picture."


class _Parser(argparse.ArgumentParser):
    """Reports a wrong argument in one line and points to the help, instead of printing the full usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"pastiche: {message}\nSee “{self.prog} --help”.\n")


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command.

    Args:
        argv: the arguments after the program's name.
        environ: the environment; VGG19_WEIGHTS and XDG_CACHE_HOME count.

    Returns:
        The exit code.
    """
    session = Session(environ)
    arguments, hints = with_current_names(argv)
    for hint in hints:
        session.say(f"pastiche: {hint}")
    try:
        args = _parser().parse_args(arguments)
    except SystemExit as exc:
        return int(exc.code or OK)
    try:
        return int(args.run(args, session))
    except KeyboardInterrupt:
        session.say("pastiche: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        return ERROR  # the reader of our output has closed the pipe
    except PasticheError as exc:
        session.report(exc)
    except MemoryError:
        session.say("pastiche: There is not enough memory for this; choose a smaller --size.")
    except Exception as exc:
        if args.debug:
            raise
        session.say(
            f"pastiche: Something went wrong unexpectedly ({type(exc).__name__}: {_one_line(exc)}); "
            "please report it, with the output of --debug."
        )
    return ERROR


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m engine", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"Pastiche {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    common.add_argument("--debug", action="store_true", help="show the traceback of an unexpected error")
    for module in (paint, draft, feedforward, inspect, weights, bench, film):
        module.add_commands(commands, common)
    return parser


def _one_line(exc: Exception) -> str:
    text = str(exc).strip().split("\n", 1)[0]
    return text if len(text) <= 200 else text[:199] + "…"
