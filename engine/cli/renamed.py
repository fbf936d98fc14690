"""Commands and options that had another name in release 1.0: the old ones still work, with a hint."""

from __future__ import annotations

from collections.abc import Sequence

COMMANDS = {"brush": "feedforward"}
OPTIONS = {"--brush-size": "--style-scale", "--frames": "--snapshots"}

COMMAND_HINT = "The command “{old}” is now called “{new}”."
OPTION_HINT = "The option {old} is now called {new}."


def with_current_names(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Replace old names in the arguments of a command.

    Args:
        argv: the arguments after the program's name; those after `--` are left alone.

    Returns:
        The arguments under their current names, and a hint for each name that was replaced.
    """
    arguments, hints = list(argv), []
    if arguments and arguments[0] in COMMANDS:
        arguments[0] = COMMANDS[argv[0]]
        hints.append(COMMAND_HINT.format(old=argv[0], new=arguments[0]))
    for position, argument in enumerate(arguments):
        if argument == "--":
            break
        option, equals, value = argument.partition("=")
        if option in OPTIONS:
            arguments[position] = OPTIONS[option] + equals + value
            hints.append(OPTION_HINT.format(old=option, new=OPTIONS[option]))
    return arguments, list(dict.fromkeys(hints))
