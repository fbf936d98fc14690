"""Every link in the documents leads somewhere, every command exists, and every setting is listed."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from docs.generate import choices
from engine.recipe import knobs
from jobs.settings import Settings
from tests.support.compose import compose

ROOT = Path(__file__).parents[3]
TRACKED = subprocess.run(
    ["git", "ls-files", "-z", "*.md"],
    cwd=ROOT, capture_output=True, text=True, check=False,
).stdout.split("\0")  # fmt: skip
DOCUMENTS = [ROOT / name for name in TRACKED if name and (ROOT / name).exists()]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PROGRAMS = ("cp", "apt", "git", "curl", "docker", "pip", "set", "jq", "export", "source")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(path: Path) -> str:
    return FENCE.sub("", path.read_text())


def commands() -> list[tuple[str, list[str]]]:
    """List the words of every line of shell in a document, comments left out."""
    found = []
    for path in DOCUMENTS:
        for language, block in FENCE.findall(path.read_text()):
            # A plain fence holds a script without arguments, as in docs/reliability.md.
            if language in ("sh", "bash", "console") or (not language and block.startswith("script/")):
                found += [(name_of(path), words) for words in _lines(block)]
        found += [(name_of(path), words) for words in _inline(prose(path))]
    return found


def _lines(block: str) -> list[list[str]]:
    lexer = block.replace("\\\n", " ")
    lines: list[str] = []
    for line in lexer.splitlines():
        # A text in quotes may go over several lines.
        if lines and lines[-1].count("'") % 2:
            lines[-1] += "\n" + line
        else:
            lines.append(line.removeprefix("$ "))
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def _inline(text: str) -> list[list[str]]:
    spans = re.findall(r"`((?:script/\w+|(?:\S*/)?python -m|docker compose)[^`…]*)`", text)
    return [shlex.split(span) for span in spans]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(path):
    for target in LINK.findall(prose(path)):
        if re.match(r"https?://", target):
            assert re.fullmatch(r"https?://[\w.-]+\.\w+(/\S*)?|http://127\.0\.0\.1:\d+\S*", target)
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{name_of(path)} links to {target}"
        if anchor and there.suffix == ".md":
            assert anchor in [_anchor(title) for title in HEADING.findall(there.read_text())]


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@pytest.mark.parametrize(("document", "words"), commands(), ids=lambda value: " ".join(value)[:60])
def test_every_command_exists(document, words):
    while words and re.match(r"[A-Z0-9_]+=", words[0]):
        words = words[1:]
    # What is kept in a variable, and then used, is run by tests/unit/app/test_api_examples.py.
    if not words or re.match(r"\w+=|\$[A-Z]+$", words[0]):
        return
    program = words[0]
    if program.startswith("script/"):
        script = ROOT / program
        assert script.stat().st_mode & 0o111, f"{program} cannot be run"
        for option in words[1:]:
            if option.startswith("--") and option != "--help":
                assert _knows(script, option), f"{program} knows no {option}"
    elif program.endswith(("python", "python3")) and words[1:2] == ["-m"]:
        _check_module(words[2], words[3:])
    elif words[:2] == ["docker", "compose"]:
        _check_compose(words[2:])
    else:
        assert program in PROGRAMS, f"{document}: {program}"


def _knows(script: Path, option: str) -> bool:
    name = option.partition("=")[0]
    text = script.read_text()
    for module in re.findall(r"-m (?:\"?)([\w.]+)", text):
        spec = importlib.util.find_spec(module)
        if spec and spec.origin:
            text += Path(spec.origin).read_text()
        for folder in (spec and spec.submodule_search_locations) or ():
            text += "".join(path.read_text() for path in Path(folder).glob("*.py"))
    return name in text


def _check_module(module: str, arguments: list[str]) -> None:
    spec = importlib.util.find_spec(module)
    assert spec is not None, f"there is no module {module}"
    if module == "jobs.backup" and arguments:
        assert arguments[0] in ("create", "restore")


def _check_compose(arguments: list[str]) -> None:
    services = compose()["services"]
    run = "run" in arguments or "exec" in arguments
    plain = [word for word in arguments if not word.startswith("-")]
    assert plain[0] in ("up", "run", "logs", "ps", "down", "pull", "gpu", "exec", "restart")
    for option in arguments:
        if "=" in option and not option.startswith("-"):
            assert option.partition("=")[0] in services
    if run:
        service, *command = plain[1:]
        assert service in services
        if command[:1] == ["python"]:
            module = arguments[arguments.index("-m") + 1]
            _check_module(module, arguments[arguments.index("-m") + 2 :])


def read_variables() -> set[str]:
    """Find the names of the variables that jobs/settings.py reads."""
    tree = ast.parse((ROOT / "jobs/settings.py").read_text())
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in texts if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", text) and len(text) > 3}


def told() -> dict[str, str]:
    rows = re.findall(
        r"^\| `([A-Z0-9_]+)` \| (.*?) \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE
    )
    return dict(rows)


def test_every_setting_is_told_and_none_that_is_not_there():
    assert set(told()) == read_variables()


def test_the_defaults_that_are_told_are_the_defaults():
    plain = {name: value.strip("`") for name, value in told().items() if re.fullmatch(r"`[\d.]+`", value)}
    assert len(plain) > 10
    assert Settings.from_env(plain) == Settings.from_env({})


def test_every_choice_is_told_as_the_recipe_describes_it():
    text = choices.DOCUMENT.read_text()
    assert f"| {knobs()['strength'].label} * |" in text
    assert choices.filled_in(text) == text, "run python -m docs.generate.choices"


def test_what_compose_passes_on_is_a_setting():
    passed = set(compose()["services"]["web"]["environment"])
    assert passed - {"REDIS_URL"} <= set(told())


def test_the_workflow_runs_the_checks_and_the_tests():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    steps = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    assert "script/check" in steps
    assert "script/test" in steps
    assert all((ROOT / step.split()[0]).exists() for step in steps if step.startswith("script/"))
