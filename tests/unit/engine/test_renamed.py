"""Commands and options under their names of release 1.0: they still work, with a hint."""

import argparse
from pathlib import Path

import pytest

from engine.cli.commands import paint
from engine.cli.main import main
from engine.cli.options import recipe_from
from engine.cli.renamed import COMMAND_HINT, COMMANDS, OPTION_HINT, OPTIONS

PICTURES = ["photo.png", "style.jpg"]


def option_hint(old: str) -> str:
    return f"pastiche: {OPTION_HINT.format(old=old, new=OPTIONS[old])}\n"


@pytest.fixture
def parsed(monkeypatch) -> list[argparse.Namespace]:
    """The arguments of each call of `paint`, which is parsed but not run."""
    calls: list[argparse.Namespace] = []
    monkeypatch.setattr(paint, "run", lambda args, _session: calls.append(args) or 0)
    return calls


def test_every_name_that_release_1_0_had_is_known():
    assert COMMANDS == {"brush": "feedforward"}
    assert OPTIONS == {"--brush-size": "--style-scale", "--frames": "--snapshots"}


@pytest.mark.parametrize("old", COMMANDS)
def test_an_old_command_runs_the_new_one(old, capsys):
    assert main([COMMANDS[old], "--help"], {}) == 0
    expected = capsys.readouterr()
    assert expected.err == ""
    assert main([old, "--help"], {}) == 0
    actual = capsys.readouterr()
    assert actual.out == expected.out
    assert actual.err == f"pastiche: {COMMAND_HINT.format(old=old, new=COMMANDS[old])}\n"


def test_an_old_command_takes_its_subcommands(capsys):
    assert main(["brush", "apply", "--help"], {}) == 0
    assert capsys.readouterr().out.startswith("usage: python -m engine feedforward apply ")


@pytest.mark.parametrize("form", ["separate", "joined"])
def test_an_old_option_sets_what_the_new_one_sets(form, parsed, capsys):
    given = {"--brush-size": "50", "--frames": "kept"}
    assert given.keys() == OPTIONS.keys()
    options = [
        word
        for name, value in given.items()
        for word in ([name, value] if form == "separate" else [f"{name}={value}"])
    ]
    assert main(["paint", *PICTURES, *options], {}) == 0
    (args,) = parsed
    assert recipe_from(args).style_scale == 50
    assert args.snapshots == Path("kept")
    assert capsys.readouterr().err == option_hint("--brush-size") + option_hint("--frames")


def test_a_value_may_contain_an_equals_sign(parsed):
    assert main(["paint", *PICTURES, "--frames=a=b"], {}) == 0
    assert parsed[0].snapshots == Path("a=b")


def test_each_hint_is_given_once(parsed, capsys):
    assert main(["paint", *PICTURES, "--frames", "a", "--frames", "b"], {}) == 0
    assert parsed[0].snapshots == Path("b")
    assert capsys.readouterr().err == option_hint("--frames")


@pytest.mark.parametrize("old", OPTIONS)
def test_a_double_dash_ends_the_options(old, parsed, capsys):
    assert main(["paint", "--", old, "style.jpg"], {}) == 0
    assert parsed[0].photo == Path(old)
    assert capsys.readouterr().err == ""


def test_an_old_command_is_a_file_name_anywhere_else(parsed, capsys):
    assert main(["paint", "brush", "style.jpg"], {}) == 0
    assert parsed[0].photo == Path("brush")
    assert capsys.readouterr().err == ""


def test_current_names_give_no_hint(parsed, capsys):
    assert main(["paint", *PICTURES, "--style-scale", "50", "--snapshots", "kept"], {}) == 0
    assert recipe_from(parsed[0]).style_scale == 50
    assert capsys.readouterr().err == ""
