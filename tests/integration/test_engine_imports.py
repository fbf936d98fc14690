import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEVER = {"flask", "celery", "redis", "sqlalchemy", "fsspec", "kombu", "werkzeug"}
HEAVY = {"tensorflow", "keras"}


def loaded_by(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import engine, engine.recipe, engine.errors, engine.imaging.images, engine.recipe.estimate",
        "import engine.backbones.weights",
        "import engine.__main__",
        "from engine import Recipe, Picture, PasticheError, encode, read",
    ],
)
def test_neither_web_packages_nor_tensorflow_are_loaded(statement):
    assert loaded_by(statement).isdisjoint(NEVER | HEAVY)


def test_the_imports_of_the_web_process_are_light():
    statement = "import engine.recipe, engine.errors, engine.imaging.images, engine.recipe.estimate"
    assert loaded_by(statement).isdisjoint(NEVER | HEAVY | {"h5py", "requests", "rich"})


def test_painting_loads_no_web_packages():
    assert loaded_by("from engine import Painting, load_backbone").isdisjoint(NEVER)


def test_all_public_names_exist():
    statement = "import engine\nfor name in engine.__all__: getattr(engine, name)\nassert dir(engine)"
    assert "tensorflow" in loaded_by(statement)


def test_an_unknown_name_is_an_attribute_error():
    loaded_by("import engine\nassert not hasattr(engine, 'no_such_thing')")
