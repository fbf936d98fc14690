"""The first estimate on a machine that has painted nothing, with the built-in network.

Times are this process's CPU time, so that other processes do not disturb them.
"""

import time
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import skimage.data

from engine.imaging import images
from engine.recipe import Recipe
from jobs.forecast import estimate_order
from jobs.job import Order, Queue
from jobs.live import Live
from jobs.media import Media
from jobs.processes import this_process
from jobs.settings import Settings
from jobs.staging import stage
from jobs.store import JobStore
from worker.attempt import AttemptContext
from worker.calibration import calibrate
from worker.networks import Networks
from worker.painter import Painter


class Unwatched:
    """A live state that keeps no preview."""

    def publish(self, *_):
        pass


class Studio:
    """A studio without a queue, on a machine that has painted nothing."""

    def __init__(self, folder: Path) -> None:
        environ = {"PASTICHE_DATA": str(folder), "XDG_CACHE_HOME": str(folder)}
        settings = Settings.from_env(environ)
        self.store = JobStore.open(settings.database_url, migrate=True)
        self.media = Media.open(settings.media_url)
        self.networks = Networks(settings)
        self.painter = Painter(
            AttemptContext(
                store=self.store,
                live=cast(Live, Unwatched()),
                media=self.media,
                networks=self.networks,
                lease_s=settings.lease_s,
                scratch=settings.data,
                is_shutting_down=lambda: False,
                clock=time.process_time,
            )
        )

    def calibrate(self, *, interrupted: bool = False) -> bool:
        return calibrate(
            self.networks, self.store, is_interrupted=lambda: interrupted, clock=time.process_time
        )

    def paint(self, recipe: Recipe) -> float:
        """Return the seconds that a painting took."""
        ids = [self._upload(name, role) for name, role in (("astronaut", "content"), ("coffee", "style"))]
        job = self.store.jobs.submit(
            Order(
                owner="ada",
                content_id=ids[0],
                style_ids=(ids[1],),
                recipe=recipe,
                title="",
                token=str(recipe),
            )
        )
        assert self.painter.paint_next(this_process(Queue.LONG))
        return self.store.jobs.find(job.id).result.seconds

    def _upload(self, name: str, role: str) -> str:
        rgb = (getattr(skimage.data, name)() / np.float32(255)).astype(np.float32)
        return stage(
            self.store, self.media, images.encode(rgb, "png"), owner="ada", role=role, name=f"{role}.png",
            width=rgb.shape[1], height=rgb.shape[0], suffix=".png", expiry_s=9999,
        ).id  # fmt: skip


@pytest.fixture
def studio(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))  # where VGG19's weights may be
    studio = Studio(tmp_path)
    yield studio
    studio.store.close()


def test_a_first_estimate_is_within_a_factor_of_two(studio):
    assert studio.store.costs.rates().are_guesses
    assert studio.calibrate()
    rates = studio.store.costs.rates()
    for recipe in (Recipe(size=256), Recipe(size=512, quality="sketch")):
        estimated, took = estimate_order(recipe, (512, 512), rates).seconds, studio.paint(recipe)
        assert took / 2 < estimated < took * 2, f"estimated {estimated:.1f} s, took {took:.1f} s"


def test_an_interrupted_calibration_keeps_nothing(studio):
    assert not studio.calibrate(interrupted=True)
    assert studio.store.costs.rates().are_guesses
