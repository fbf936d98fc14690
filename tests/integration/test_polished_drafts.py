"""Drafts that a painting polishes with a few steps; tracing these takes too long for a unit test."""

from pathlib import Path

import numpy as np

from engine.feedforward.draft import Drafter
from tests.support.tiny_compact import write_tiny_compact, write_tiny_decoder


def test_a_polished_draft_goes_on_from_the_draft(tmp_path: Path) -> None:
    encoder, decoder = write_tiny_compact(tmp_path / "e.npz"), write_tiny_decoder(tmp_path / "d.npz")
    drafter = Drafter.load(encoder, decoder)
    rng = np.random.default_rng(0)
    content, style = (rng.random((64, 64, 3)).astype(np.float32) ** power for power in (1, 2))
    plain = drafter.draft(content, [style], size=64)
    polished = drafter.draft(content, [style], size=64, polish_steps=2)
    assert polished.shape == plain.shape
    assert np.abs(polished - plain).max() > 1e-3
    assert np.abs(polished - plain).mean() < 0.2
