import json
import sys
from pathlib import Path

import pytest

from engine import images, weights
from engine.recipe import Recipe
from tests.support.tiny_vgg import write_tiny_vgg

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebook" / "quickstart.ipynb"


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
    assert images.read(tmp_path / "cat.png").size == images.fitted_size((300, 451), 96)
    assert images.read_recipe(tmp_path / "cat.png") == Recipe(
        size=96, max_steps=2, precision="float32", quality="sketch", strength=60
    )
