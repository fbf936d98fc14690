"""The notebook and the README's commands and Python: all of them paint."""

import json
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from engine.backbones import weights
from engine.cli.commands.weights import BUILT_IN
from engine.cli.main import main
from engine.cli.session import OK
from engine.imaging import images
from engine.recipe import Recipe, sizes
from tests.support.stack import photo
from tests.support.tiny_vgg import write_tiny_vgg

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "notebook" / "quickstart.ipynb"
README = (ROOT / "README.md").read_text()
ENGINE = ".venv/bin/python -m engine "


@pytest.fixture
def notebook() -> dict:
    return json.loads(NOTEBOOK.read_text())


def test_it_is_kept_without_outputs(notebook):
    assert notebook["nbformat"] == 4
    for cell in notebook["cells"]:
        assert cell["id"]
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_its_code_paints(notebook, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    cached = weights.default_cache() / weights.VGG19.file_name
    cached.parent.mkdir(parents=True)
    write_tiny_vgg(cached)
    names: dict = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            # Small, so that it does not take long.
            source = "".join(cell["source"]).replace("size=256", "size=96, max_steps=2, precision='float32'")
            exec(compile(source, cell["id"], "exec"), names)
    assert "100%" in capsys.readouterr().out
    assert images.read(tmp_path / "cat.png").size == sizes.fitted_size((300, 451), 96)
    assert images.read_recipe(tmp_path / "cat.png") == Recipe(
        size=96, max_steps=2, precision="float32", quality="sketch", strength=60
    )


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An empty home and folder, with a photo and a style."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(photo("chelsea", 160))
    (tmp_path / "style.jpg").write_bytes(photo("coffee", 160))
    return tmp_path


def test_the_readmes_commands_paint_and_say_how(home, capsys):
    lines = [line for line in README.splitlines() if line.startswith(ENGINE) and "fetch" not in line]
    assert len(lines) == 5
    said = ""
    for line in lines:
        words = shlex.split(line.removeprefix(ENGINE), comments=True)
        few = ["--max-steps", "2"] if "-o" in words else []
        code = main([*words, *few], os.environ)
        output = capsys.readouterr()
        assert code == OK, output.out + output.err
        said += output.out
    assert images.read(home / "out.png").size == sizes.fitted_size((106, 160), 512)
    assert "--style-scale" in said
    assert images.read_recipe(home / "out.png").size == 512
    assert BUILT_IN in said


def test_the_readmes_python_paints(home):
    (source,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(source.replace("size=512", "size=96, max_steps=2"), "README", "exec"), {})
    assert images.read_recipe(home / "out.png") == Recipe(size=96, max_steps=2, strength=60)
