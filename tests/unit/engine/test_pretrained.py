"""What ships is what its card describes."""

import hashlib
import re
from pathlib import Path

import pytest

from engine.pretrained.archive import PRETRAINED, read_description

CARDS = (Path(__file__).parents[3] / "docs" / "models.md").read_text()
ROWS = {
    name: checksum.strip("`")
    for name, checksum in re.findall(r"^\| `([\w.]+)` \|.*\| ([^|]+) \|$", CARDS, re.MULTILINE)
}
SHIPPED = sorted(path.name for path in PRETRAINED.glob("*.npz"))


def test_every_card_is_of_a_network_that_is_known() -> None:
    assert set(ROWS) == {"encoder.npz", "decoder.npz", "brushes.npz"}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_is_the_one_that_its_card_names(name: str) -> None:
    if ROWS[name] == "to come":
        pytest.skip(f"the card of {name} is not written yet")
    assert hashlib.sha256((PRETRAINED / name).read_bytes()).hexdigest() == ROWS[name]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_is_read_without_pickle_and_names_its_kind(name: str) -> None:
    kinds = {
        "encoder.npz": "compact encoder",
        "decoder.npz": "draft decoder",
        "brushes.npz": "brush",
    }
    assert read_description(PRETRAINED / name)["kind"] == kinds[name]


def test_all_that_ships_is_small() -> None:
    assert sum((PRETRAINED / name).stat().st_size for name in SHIPPED) <= 12_000_000
