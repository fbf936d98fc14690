"""A print in the studio: a stop waits for one tile only, and kill -9 costs one checkpoint at most."""

import io
import math
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PIL import Image

from engine.imaging import images
from engine.prints.objective import TiledObjective
from engine.recipe import VGG19_LAYERS, Recipe, sizes
from jobs.job import Order, Queue, Status
from jobs.live import Live
from jobs.media import Media
from jobs.processes import this_process
from jobs.settings import Settings
from jobs.staging import stage
from jobs.store import JobStore
from tests.support import speed
from tests.support.tiny_vgg import write_tiny_vgg
from worker import attempt, heartbeat, progress
from worker.attempt import AttemptContext
from worker.networks import Networks
from worker.painter import Painter

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[2]
PRINT = Recipe(paper="own", paper_cm=10, max_steps=3, scales=1, precision="float32", quality="sketch")
SIDE = 512


class Screen:
    """What a page would have seen."""

    def __init__(self):
        self.seen = []

    def publish(self, job_id, progress, preview=None, preview_version=0):
        self.seen.append((progress.progress, preview))


class Room:
    """A studio without a queue, in a folder that another process may open, too."""

    def __init__(self, folder: Path) -> None:
        environ = {"PASTICHE_DATA": str(folder), "VGG19_WEIGHTS": str(folder / "tiny.h5")}
        self.settings = Settings.from_env(environ)
        self.store = JobStore.open(self.settings.database_url, migrate=True)
        self.media = Media.open(self.settings.media_url)
        self.screen = Screen()
        self.painter = Painter(
            AttemptContext(
                store=self.store,
                live=cast(Live, self.screen),
                media=self.media,
                networks=Networks(self.settings),
                lease_s=self.settings.lease_s,
                scratch=self.settings.data,
                is_shutting_down=lambda: False,
            )
        )

    def submit(self, recipe: Recipe) -> str:
        ids = [self._upload(role, size) for role, size in (("content", (60, 80)), ("style", (70, 70)))]
        order = Order(
            owner="ada", content_id=ids[0], style_ids=(ids[1],), recipe=recipe, title="Druck", token="t"
        )
        return self.store.jobs.submit(order).id

    def _upload(self, role: str, size: tuple[int, int]) -> str:
        rgb = np.random.default_rng(len(role)).random((*size, 3), dtype=np.float32)
        return stage(
            self.store, self.media, images.encode(rgb, "png"), owner="ada", role=role, name=f"{role}.png",
            width=size[1], height=size[0], suffix=".png", expiry_s=9999,
        ).id  # fmt: skip


@pytest.fixture
def room(tmp_path, monkeypatch):
    in_small_tiles(monkeypatch.setattr)
    write_tiny_vgg(tmp_path / "tiny.h5", VGG19_LAYERS[:9])
    room = Room(tmp_path)
    yield room
    room.store.close()


def in_small_tiles(set_to) -> None:
    """Let a small print have many tiles, and look after it at each of them."""
    set_to(sizes, "MAX_UNTILED_PIXELS", 300 * 300)
    set_to("engine.prints.scale_run.tile_side", lambda _size, _bytes: SIDE)
    set_to(heartbeat, "BEAT_S", 0)
    set_to(attempt, "CHECKPOINT_S", 0)
    set_to(progress, "PREVIEW_S", 0)
    # However much longer a preview takes than a tile.
    set_to(progress, "PREVIEW_SHARE", math.inf)


def test_a_stop_takes_effect_within_one_tile(room, monkeypatch):
    job_id = room.submit(PRINT)
    steps: list[int] = []
    tile_gradient = TiledObjective.tile_gradient

    def counted(self, picture, tile, *rest):
        if (tile.inner.top, tile.inner.left) == (0, 0):
            steps.append(0)
        steps[-1] += 1
        # In the middle of the second step.
        if (len(steps), steps[-1]) == (2, 2):
            room.store.wishes.stop(job_id, "ada")
        return tile_gradient(self, picture, tile, *rest)

    monkeypatch.setattr(TiledObjective, "tile_gradient", counted)
    assert room.painter.paint_next(this_process(Queue.LONG))
    job = room.store.jobs.find(job_id)
    assert (job.status, job.step) == (Status.STOPPED, 1)
    assert steps[0] > 4
    assert steps[1:] == [2], "no further tile was begun"
    picture = Image.open(io.BytesIO(room.media.get(job.result.key)))
    assert picture.size == (1181, 886)
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    progress = [share for share, _ in room.screen.seen]
    assert progress == sorted(progress)
    assert len(set(progress)) > steps[0], "each tile shows"


ALONE = textwrap.dedent(
    """
    import importlib
    import os
    import signal
    import sys
    from pathlib import Path
    from engine.prints.objective import TiledObjective
    from jobs.job import Queue
    from jobs.processes import this_process
    from tests.integration.test_prints import Room, in_small_tiles

    def set_to(where, name_or_value, value=None):
        if isinstance(where, str):
            module, _, name = where.rpartition(".")
            where, name_or_value, value = importlib.import_module(module), name, name_or_value
        setattr(where, name_or_value, value)

    steps, tile_gradient = [], TiledObjective.tile_gradient

    def compute_or_be_killed(self, picture, tile, *rest):
        if (tile.inner.top, tile.inner.left) == (0, 0):
            steps.append(tile)
        elif len(steps) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return tile_gradient(self, picture, tile, *rest)

    TiledObjective.tile_gradient = compute_or_be_killed
    in_small_tiles(set_to)
    Room(Path(sys.argv[1])).painter.paint_next(this_process(Queue.LONG))
    """
)


def test_a_print_that_is_killed_goes_on_from_its_checkpoint(room, tmp_path, monkeypatch):
    job_id = room.submit(PRINT.changed(max_steps=4))
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **speed.environ()}
    # In the middle of its third step.
    killed = subprocess.run(
        [sys.executable, "-c", ALONE, str(tmp_path)], env=environ, cwd=ROOT, timeout=250, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    job = room.store.jobs.find(job_id)
    assert (job.status, job.step) == (Status.PAINTING, 2)
    (lease,) = room.store.leases.held()
    assert room.store.leases.release_lost(lease.job_id, lease.token, lease.beat)

    begun_at: list[int] = []
    resume = attempt.Attempt._resume

    def noted(self, checkpoint, backbone):
        begun_at.append(checkpoint.step)
        return resume(self, checkpoint, backbone)

    monkeypatch.setattr(attempt.Attempt, "_resume", noted)
    assert room.painter.paint_next(this_process(Queue.LONG))
    job = room.store.jobs.find(job_id)
    assert (job.status, job.step) == (Status.FINISHED, 4)
    assert begun_at == [2], "what the killed one had kept was gone on from"
