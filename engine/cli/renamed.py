"""Commands and options of release 1.0 that have another name now: they work, with a hint."""

from __future__ import annotations

from collections.abc import Sequence

COMMANDS = {"brush": "feedforward"}
OPTIONS = {"--brush-size": "--style-scale", "--frames": "--snapshots"}


def with_current_names(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the arguments with the names of today, and a hint for each that was replaced."""
    current, hints = list(argv), []
    if current and current[0] in COMMANDS:
        current[0] = COMMANDS[argv[0]]
        hints.append(f"the command {argv[0]} is called {current[0]} now")
    for place, argument in enumerate(current):
        if argument == "--":
            break
        option, equals, value = argument.partition("=")
        if option in OPTIONS:
            current[place] = OPTIONS[option] + equals + value
            hints.append(f"{option} is called {OPTIONS[option]} now")
    return current, hints
