"""The built-in networks are those that their model cards describe."""

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
BUILT_IN = sorted(path.name for path in PRETRAINED.glob("*.npz"))


def test_every_card_describes_a_known_network() -> None:
    assert set(ROWS) == {"encoder.npz", "decoder.npz", "brushes.npz"}


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_file_has_the_checksum_on_its_card(name: str) -> None:
    if ROWS[name] == "to come":
        pytest.skip(f"the card of {name} is not written yet")
    assert hashlib.sha256((PRETRAINED / name).read_bytes()).hexdigest() == ROWS[name]


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_file_is_read_without_pickle_and_states_its_type(name: str) -> None:
    types = {
        "encoder.npz": "compact encoder",
        "decoder.npz": "draft decoder",
        "brushes.npz": "brush",
    }
    assert read_description(PRETRAINED / name)["kind"] == types[name]


def test_the_built_in_files_are_small() -> None:
    assert sum((PRETRAINED / name).stat().st_size for name in BUILT_IN) <= 12_000_000
