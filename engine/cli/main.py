"""The entry point: run a command, and turn what it raises into an exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from engine.cli.commands import bench, draft, feedforward, film, inspect, paint, weights
from engine.cli.renamed import with_current_names
from engine.cli.session import ERROR, INTERRUPTED, OK, USAGE, Session
from engine.cli.signals import raising_interrupts
from engine.errors import PasticheError
from engine.version import __version__

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

DESCRIPTION = "Pastiche repaints a photograph in the style of a picture."


class _Parser(argparse.ArgumentParser):
    """Reports a wrong argument in one line and points to the help, instead of printing the full usage."""

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        # The original passes over a disk that is full.
        (file or sys.stderr).write(message)

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
    except OSError:
        return ERROR  # there is nowhere to print to
    session.debug = args.debug
    try:
        with raising_interrupts(session):
            return _run(args, session)
    except KeyboardInterrupt:
        session.say("pastiche: interrupted")
        return INTERRUPTED


def _run(args: argparse.Namespace, session: Session) -> int:
    try:
        return int(args.run(args, session))
    except BrokenPipeError:
        return ERROR  # the reader of our output has closed the pipe
    except PasticheError as exc:
        session.report(exc)
    except Exception as exc:
        if session.interrupted:
            raise KeyboardInterrupt from exc
        if session.debug:
            raise
        session.report(session.explain(exc))
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
