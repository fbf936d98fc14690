"""The first estimate on a machine that has painted nothing, with the network that ships.

Seconds are those of this process's processors: what other processes do meanwhile does not count.
"""

import time
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from engine.imaging import images
from engine.recipe import Recipe
from jobs.forecast import expected
from jobs.job import Order
from jobs.media import Media
from jobs.processes import this_process
from jobs.settings import Settings
from jobs.staging import stage
from jobs.store import JobStore
from worker.painter import Painter


class Nobody:
    """Looks at no preview."""

    def publish(self, *_):
        pass


class Room:
    """A studio without a queue on a machine that has painted nothing."""

    def __init__(self, folder: Path) -> None:
        environ = {"PASTICHE_DATA": str(folder), "XDG_CACHE_HOME": str(folder)}
        settings = Settings.from_env(environ)
        self.store = JobStore.open(settings.database_url, migrate=True)
        self.media = Media.open(settings.media_url)
        self.painter = Painter(
            settings, self.store, Nobody(), self.media, leaving=lambda: False, clock=time.process_time
        )

    def paint(self, recipe: Recipe) -> float:
        """Return the seconds that a painting took."""
        ids = [self._upload(name, role) for name, role in (("astronaut", "content"), ("coffee", "style"))]
        job = self.store.submit(
            Order(
                owner="ada",
                content_id=ids[0],
                style_ids=(ids[1],),
                recipe=recipe,
                title="",
                token=str(recipe),
            )
        )
        assert self.painter.paint_next(this_process("paint"))
        return self.store.job(job.id).result.seconds

    def _upload(self, name: str, role: str) -> str:
        rgb = (getattr(skimage.data, name)() / np.float32(255)).astype(np.float32)
        return stage(
            self.store, self.media, images.encode(rgb, "png"), owner="ada", role=role, name=f"{role}.png",
            width=rgb.shape[1], height=rgb.shape[0], suffix=".png", expiry_s=9999,
        ).id  # fmt: skip


@pytest.fixture
def room(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))  # where VGG19's weights may be
    room = Room(tmp_path)
    yield room
    room.store.close()


def test_a_first_estimate_is_within_a_factor_of_two(room):
    assert room.store.rates().are_guesses
    assert room.painter.try_out(lambda: False)
    rates = room.store.rates()
    for recipe in (Recipe(size=256), Recipe(size=512, quality="sketch")):
        told, took = expected(recipe, (512, 512), rates).seconds, room.paint(recipe)
        assert took / 2 < told < took * 2, f"{told:.1f} s were told, and it took {took:.1f} s"


def test_what_was_given_up_is_not_kept(room):
    assert not room.painter.try_out(lambda: True)
    assert room.store.rates().are_guesses
