"""The film maker with the real store and the real media: a film is made once, and goes with its job."""

import io
from typing import cast

import numpy as np
import pytest
from PIL import Image

from engine.imaging import images
from engine.recipe import Recipe
from jobs.films import film_key
from jobs.janitor import Janitor
from jobs.job import Order, Queue, Result, Snapshot, Status
from jobs.live import Live
from jobs.media import FullError, Media
from jobs.processes import this_process
from jobs.settings import Settings
from jobs.staging import stage
from jobs.store import JobStore
from worker.film_maker import FilmMaker


class Viewer:
    """What a page would have shown."""

    def __init__(self):
        self.notes, self.forgotten = [], 0

    def report_film(self, job_id, format, note):
        self.notes.append(note)

    def forget_film(self, job_id, format):
        self.forgotten += 1


class Studio:
    """A studio without a queue, and one finished painting."""

    def __init__(self, folder):
        settings = Settings.from_env({"PASTICHE_DATA": str(folder)})
        self.store = JobStore.open(settings.database_url)
        self.media = Media.open(settings.media_url)
        self.viewer = Viewer()
        self.is_shutting_down = False
        live = cast(Live, self.viewer)
        self.film_maker = FilmMaker(self.store, live, self.media, lambda: self.is_shutting_down)

    def upload(self, role):
        data = images.encode(np.zeros((60, 80, 3), np.float32), "png")
        return stage(
            self.store, self.media, data, owner="ada", role=role, name="a.png",
            width=80, height=60, suffix=".png", expiry_s=999,
        ).id  # fmt: skip

    def paint(self, start="content"):
        """Finish a painting with grey snapshots and a white result."""
        recipe = Recipe(size=64, start=start)
        job = self.store.jobs.submit(
            Order(
                owner="ada",
                content_id=self.upload("content"),
                style_ids=(self.upload("style"),),
                recipe=recipe,
                title="Bild",
                token=start,
            )
        )
        claim = self.store.leases.claim(this_process(Queue.LONG))
        folder = f"jobs/{job.id}/{claim.token}"
        for place in range(3):
            key = f"{folder}/{place}.jpg"
            grey = np.full((24, 32, 3), (place + 1) / 5, np.float32)
            self.media.put(key, images.encode(grey, "jpeg"))
            frame = Snapshot(place=place, step=place + 1, progress=place / 3, key=key, width=32, height=24)
            assert self.store.snapshots.keep(job.id, claim.token, frame)
        self.media.put(f"{folder}/result.png", images.encode(np.ones((48, 64, 3), np.float32), "png"))
        key = f"{folder}/result.png"
        result = Result(
            key=key, thumbnail_key=key, width=64, height=48, bytes=9, seconds=1.0, backbone="vgg19"
        )
        assert self.store.leases.finish(job.id, claim.token, result, Status.FINISHED)
        return job.id


@pytest.fixture
def studio(data_folder):
    studio = Studio(data_folder)
    yield studio
    studio.store.close()


def brightness(data):
    picture = Image.open(io.BytesIO(data))
    means = []
    for number in range(getattr(picture, "n_frames", 1)):
        picture.seek(number)
        means.append(round(np.asarray(picture.convert("RGB")).mean() / 255, 1))
    return means


@pytest.mark.parametrize(("start", "first"), [("content", [0.0]), ("noise", [])])
def test_it_shows_the_photo_the_snapshots_and_the_result(studio, start, first):
    job_id = studio.paint(start)
    assert studio.film_maker.make(job_id, "webp")
    data = studio.media.get(film_key(job_id, "webp"))
    assert brightness(data) == [*first, 0.2, 0.4, 0.6, 1.0]
    assert Image.open(io.BytesIO(data)).size == (64, 48)
    assert all(note.state == "making" for note in studio.viewer.notes)
    assert studio.viewer.forgotten == 1


def test_a_film_is_made_once(studio):
    job_id = studio.paint()
    assert studio.film_maker.make(job_id, "gif")
    studio.media.put(film_key(job_id, "gif"), b"as it was")
    assert studio.film_maker.make(job_id, "gif")
    assert studio.media.get(film_key(job_id, "gif")) == b"as it was"


def test_a_worker_that_shuts_down_makes_no_film(studio):
    job_id = studio.paint()
    studio.is_shutting_down = True
    assert not studio.film_maker.make(job_id, "gif")
    assert not studio.media.exists(film_key(job_id, "gif"))
    assert studio.viewer.forgotten == 1


def test_a_failure_is_reported_with_its_reason(studio, monkeypatch):
    job_id = studio.paint()

    def full(key, data):
        raise FullError("The disk is full.")

    monkeypatch.setattr(studio.media, "put", full)
    assert not studio.film_maker.make(job_id, "webp")
    assert (studio.viewer.notes[-1].state, studio.viewer.notes[-1].problem) == ("failed", "The disk is full.")


def test_without_a_painting_there_is_no_film(studio):
    assert not studio.film_maker.make("no-such-job", "gif")


def test_the_sweep_keeps_only_the_films_of_jobs_that_exist(studio):
    job_id = studio.paint()
    studio.film_maker.make(job_id, "webp")
    studio.media.put(film_key("gone", "webp"), b"x")
    janitor = Janitor(studio.store, studio.media, None, lease_s=1)
    janitor.sweep()
    assert studio.media.exists(film_key(job_id, "webp"))
    assert not studio.media.exists(film_key("gone", "webp"))
