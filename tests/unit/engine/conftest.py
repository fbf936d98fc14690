"""A tiny network and tiny pictures for the engine's tests."""

from pathlib import Path

import numpy as np
import pytest

from engine.backbones import VGG19, load_backbone
from engine.cli.session import Session
from engine.errors import PasticheError
from engine.recipe import Recipe
from tests.support.tiny_vgg import write_tiny_vgg


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_vgg(tmp_path_factory.mktemp("weights") / "tiny.h5")


@pytest.fixture(scope="session")
def tiny(tiny_weights: Path) -> VGG19:
    """The tiny network with all its layers, shared so that it is traced once."""
    network = load_backbone(Recipe(precision="float32"), tiny_weights)
    assert isinstance(network, VGG19)
    return network


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> list[PasticheError]:
    """The errors that the command line reported."""
    errors: list[PasticheError] = []
    report = Session.report

    def record(session: Session, error: PasticheError) -> None:
        errors.append(error)
        report(session, error)

    monkeypatch.setattr(Session, "report", record)
    return errors


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """(72, 96, 3): soft colours with an edge."""
    rows, columns = np.mgrid[0:72, 0:96] / np.float32(96)
    picture = np.stack([rows, columns, (rows > columns) * 0.6 + 0.2], axis=-1)
    return picture.astype(np.float32)


@pytest.fixture(scope="session")
def style() -> np.ndarray:
    """(80, 70, 3): stripes and noise."""
    rng = np.random.default_rng(1)
    stripes = np.sin(np.arange(80)[:, None, None] / 2 + np.arange(3)) * 0.3 + 0.5
    return np.clip(stripes + rng.normal(0, 0.1, (80, 70, 3)), 0, 1).astype(np.float32)
