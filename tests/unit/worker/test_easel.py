"""The easel with a tiny network: the real loop, the real store, the real media."""

import io
import itertools
import json
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from engine.imaging import images
from engine.painting import Painting
from engine.recipe import VGG19_LAYERS, Recipe
from engine.recipe.feedforward_styles import built_in_styles
from jobs.continuation import continue_painting
from jobs.job import Order, Queue, Status
from jobs.media import FullError, Media
from jobs.processes import this_process
from jobs.settings import Settings
from jobs.staging import stage
from jobs.store import JobStore
from tests.support.tiny_vgg import write_tiny_vgg
from worker import attempt, heartbeat, painter, progress, snapshots
from worker.painter import Painter

QUICK = Recipe(size=64, scales=1, max_steps=6, precision="float32")
LONG = QUICK.changed(max_steps=500)
ME = this_process(Queue.LONG)


@dataclass
class Viewer:
    """What a page would have seen, and what happens when it sees something."""

    seen: list = field(default_factory=list)
    on_preview: list = field(default_factory=list)

    def publish(self, job_id, progress, preview=None, preview_version=0):
        self.seen.append((progress, preview))
        if preview is not None and self.on_preview:
            self.on_preview.pop(0)()

    @property
    def previews(self):
        return [preview for _, preview in self.seen if preview is not None]


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory) -> Path:
    return write_tiny_vgg(tmp_path_factory.mktemp("weights") / "tiny.h5", VGG19_LAYERS[:9])


class Room:
    """A studio without a queue."""

    shared_backbone = None

    def __init__(self, folder: Path, weights: Path) -> None:
        self.settings = Settings.from_env({"PASTICHE_DATA": str(folder), "VGG19_WEIGHTS": str(weights)})
        self.store = JobStore.open(self.settings.database_url)
        self.media = Media.open(self.settings.media_url)
        self.viewer = Viewer()
        self.leaving = False
        self.painter = self.new_painter()
        self._count = 0

    def new_painter(self) -> Painter:
        made = Painter(self.settings, self.store, self.viewer, self.media, leaving=lambda: self.leaving)
        # What was traced for it is kept with the network: each test would trace it anew.
        made._backbone = self.shared_backbone
        return made

    def upload(self, role, size, alpha=None):
        rgb = np.random.default_rng(len(role)).random((*size, 3), dtype=np.float32)
        data = images.encode(rgb, "png", alpha=alpha)
        return stage(
            self.store, self.media, data, owner="ada", role=role, name=f"{role}.png",
            width=size[1], height=size[0], suffix=".png", expiry_s=999,
        )  # fmt: skip

    def submit(self, recipe, alpha=None, **more):
        self._count += 1
        content = self.upload("content", (60, 80), alpha)
        choices = {
            "owner": "ada",
            "content_id": content.id,
            "style_ids": (self.upload("style", (70, 70)).id,),
            "recipe": recipe,
            "title": "Ein Bild",
            "token": str(self._count),
        }
        return self.store.submit(Order(**choices | more))

    def paint(self, job):
        assert self.painter.paint_next(ME)
        Room.shared_backbone = self.painter._backbone
        return self.store.job(job.id)


@pytest.fixture
def room(data_folder, tiny_weights, monkeypatch):
    monkeypatch.setattr(progress, "PREVIEW_S", 0)
    monkeypatch.setattr(progress, "PREVIEW_SHARE", float("inf"))
    monkeypatch.setattr(heartbeat, "BEAT_S", 0)
    monkeypatch.setattr(attempt, "CHECKPOINT_S", 0)
    room = Room(data_folder, tiny_weights)
    yield room
    room.store.close()


def test_between_steps_it_does_what_else_there_is_to_do(room):
    steps = []

    def between():
        steps.append(room.viewer.seen[-1][0].step)
        return True

    room.painter.between_steps = between
    room.paint(room.submit(QUICK))
    assert steps == [1, 2, 3, 4, 5, 6]
    # What was held up says nothing of the speed.
    assert room.store.estimate_errors() == []


@pytest.mark.parametrize("recipe", [QUICK, Recipe(feedforward_style="starry_night", size=64)])
def test_a_job_is_taken_up_while_tensorflow_is_still_loaded(room, recipe):
    stood = []
    room.painter.wait_until_loaded = lambda: stood.append(room.store.job(job.id).status)
    job = room.submit(recipe, **({"style_ids": ()} if recipe.feedforward_style else {}))
    assert room.paint(job).status is Status.FINISHED
    assert stood == [Status.PAINTING]


def test_a_brush_paints_in_one_pass(room, monkeypatch):
    feedforward_styles = built_in_styles()
    if not feedforward_styles:
        pytest.skip("no brush ships")
    network = SimpleNamespace(apply=lambda content, _name, size: images.fit(1 - content, size))
    monkeypatch.setattr(room.painter, "feedforward_styles", network)
    recipe = Recipe(size=64, feedforward_style=feedforward_styles[0].name)
    job = room.paint(room.submit(recipe, style_ids=()))
    assert (job.status, job.backbone, job.result.backbone) == (
        Status.FINISHED,
        "feedforward",
        "feedforward",
    )
    assert (job.result.width, job.result.height) == (64, 48)
    assert images.read_recipe(room.media.get(job.result.key)) == recipe
    kept = {job.result.key, job.result.thumbnail_key}
    assert set(room.media.keys(f"jobs/{job.id}/")) == kept


def test_nothing_waits(room):
    assert not room.painter.paint_next(ME)


def test_a_painting_is_shown_kept_and_finished(room):
    job = room.paint(room.submit(QUICK))
    assert (job.status, job.backbone, job.step) == (Status.FINISHED, "vgg19", 6)
    assert (job.result.width, job.result.height) == (64, 48)
    picture = room.media.get(job.result.key)
    assert len(picture) == job.result.bytes
    assert Image.open(io.BytesIO(picture)).size == (64, 48)
    assert images.read_recipe(picture) == QUICK.changed(backbone="vgg19")
    assert Image.open(io.BytesIO(room.media.get(job.result.thumbnail_key))).format == "WEBP"
    assert job.result.seconds > 0

    phases = [progress.phase for progress, _ in room.viewer.seen]
    assert phases[0] == "loading"
    assert phases[1:] == ["painting"] * 6
    shown = [progress.progress for progress, preview in room.viewer.seen]
    assert shown == sorted(shown)
    assert Image.open(io.BytesIO(room.viewer.previews[0])).format == "JPEG"
    # Everything else that was stored is discarded.
    kept = {job.result.key, job.result.thumbnail_key} | {frame.key for frame in room.store.snapshots(job.id)}
    assert set(room.media.keys(f"jobs/{job.id}/")) - set(room.store.discarded()) == kept


def test_transparency_is_kept(room):
    alpha = np.zeros((60, 80), np.float32)
    alpha[:, 40:] = 1
    job = room.paint(room.submit(QUICK, alpha))
    picture = images.read(room.media.get(job.result.key))
    assert picture.alpha[:, 0].max() == 0
    assert picture.alpha[:, -1].min() == 1


def test_stop_keeps_the_picture_so_far_at_the_size_that_was_asked_for(room):
    job = room.submit(LONG.changed(size=256, scales=2))
    room.viewer.on_preview = [lambda: room.store.request_stop(job.id, "ada")]
    stopped = room.paint(job)
    assert stopped.status is Status.STOPPED
    assert stopped.step == 1
    assert (stopped.result.width, stopped.result.height) == (256, 192)


@pytest.mark.parametrize("again", [False, True], ids=["at once", "after another worker was lost"])
def test_stop_before_the_first_step_keeps_a_painting_and_not_the_photo(room, again):
    job = room.submit(LONG.changed(size=256, scales=2))

    def stop():
        room.painter.wait_until_loaded = lambda: None
        assert room.store.request_stop(job.id, "ada")
        if again:
            (lease,) = room.store.leases()
            assert room.store.release_lost(lease.job_id, lease.token, lease.beat)

    room.painter.wait_until_loaded = stop
    stopped = room.paint(job)
    if again:
        assert (stopped.status, stopped.checkpoint_key) == (Status.QUEUED, None)
        stopped = room.paint(job)
    assert (stopped.status, stopped.step) == (Status.STOPPED, 1)


def test_what_is_too_large_for_memory_goes_to_the_data_folder(room, monkeypatch):
    folders = []
    for way in ("begin", "resume"):
        usual = getattr(Painting, way)

        def note(*material, scratch, usual=usual, **more):
            folders.append(scratch)
            return usual(*material, scratch=scratch, **more)

        monkeypatch.setattr(Painting, way, note)
    job = room.submit(QUICK)
    room.viewer.on_preview = [lambda: room.store.pause(job.id, "ada")]
    room.paint(job)
    room.store.resume(job.id, "ada")
    assert room.paint(job).status is Status.FINISHED
    assert folders == [room.settings.data] * 2


def test_where_memory_runs_short_the_log_says_so_once(room, monkeypatch):
    advance = Painting.advance
    short = lambda painting: replace(advance(painting), reduced_tile_px=768)  # noqa: E731
    monkeypatch.setattr(Painting, "advance", short)
    job = room.paint(room.submit(QUICK))
    assert job.status is Status.FINISHED
    told = [event.detail for event in room.store.events(job.id) if event.name == "memory ran short"]
    assert told == ["768"]


def test_cancelled_while_painting_leaves_nothing(room):
    job = room.submit(LONG)
    room.viewer.on_preview = [lambda: None, lambda: room.store.cancel(job.id, "ada")]
    assert room.paint(job).status is Status.CANCELLED
    assert f"jobs/{job.id}/" in room.store.discarded()
    room.media.delete_prefix(f"jobs/{job.id}/")


def test_a_worker_that_lost_its_lease_takes_back_what_it_wrote(room):
    job = room.submit(LONG)

    def lose():
        (lease,) = room.store.leases()
        assert room.store.release_lost(lease.job_id, lease.token, lease.beat)

    room.viewer.on_preview = [lose]
    assert room.paint(job).status is Status.QUEUED
    assert room.media.keys(f"jobs/{job.id}/") == []


def test_steering_takes_effect_and_is_in_the_result(room):
    job = room.submit(QUICK)
    steered = QUICK.changed(strength=90, keep_colours=40)
    room.viewer.on_preview = [lambda: room.store.steer(job.id, "ada", steered)]
    done = room.paint(job)
    recipe = images.read_recipe(room.media.get(done.result.key))
    assert recipe == steered.changed(backbone="vgg19")
    assert json.loads(room.store.events(job.id)[-2].detail)["strength"] == 90


def test_a_worker_that_leaves_hands_over_and_the_next_goes_on(room):
    job = room.submit(QUICK)

    def leave():
        room.leaving = True

    room.viewer.on_preview = [lambda: None, lambda: None, leave]
    handed = room.paint(job)
    assert (handed.status, handed.step, handed.attempts) == (Status.QUEUED, 3, 0)
    assert room.media.exists(handed.checkpoint_key)
    assert "checkpoint-3" in handed.checkpoint_key
    assert room.media.exists(handed.snapshot_key)
    room.leaving = False
    room.viewer.seen.clear()
    room.painter = room.new_painter()
    done = room.paint(job)
    assert done.status is Status.FINISHED
    assert [progress.step for progress, preview in room.viewer.seen if preview] == [4, 5, 6]
    assert done.result.seconds > handed.painted_s
    kinds = [event.name for event in room.store.events(job.id)]
    assert kinds == ["submitted", "claimed", "handed over", "claimed", "finished"]


def test_a_pause_hands_over_and_waits(room):
    job = room.submit(LONG)
    room.viewer.on_preview = [lambda: room.store.pause(job.id, "ada")]
    assert room.paint(job).status is Status.PAUSED
    assert not room.painter.paint_next(ME)


def test_a_damaged_checkpoint_costs_the_work_and_not_the_job(room):
    job = room.submit(QUICK)
    room.viewer.on_preview = [lambda: room.store.pause(job.id, "ada")]
    paused = room.paint(job)
    room.media.put(paused.checkpoint_key, b"nonsense")
    room.store.resume(job.id, "ada")
    done = room.paint(job)
    assert (done.status, done.step) == (Status.FINISHED, 6)


def fail(room, job) -> tuple[str, str]:
    """Paint a job that fails; return the error's code, as logged, and the reason that is shown."""
    with capture_logs() as logged:
        failed = room.paint(job)
    assert failed.status is Status.FAILED
    (code,) = (entry["code"] for entry in logged if "code" in entry)
    return code, failed.reason


def test_what_the_engine_refuses_fails_with_its_sentence(room):
    code, reason = fail(room, room.submit(QUICK.changed(style_layers=("block5_conv1",))))
    assert code == "layer-missing"
    assert reason.endswith(".")
    assert "block5_conv1" in reason


def test_missing_weights_fail_with_a_sentence_that_says_which(room):
    room.painter.settings = replace(room.settings, vgg19_weights=Path("/nowhere/vgg19.h5"))
    code, reason = fail(room, room.submit(QUICK))
    assert code == "weights-file-missing"
    assert "vgg19.h5" in reason


def test_a_missing_photo_is_named(room):
    job = room.submit(QUICK)
    room.media.delete(job.content.key)
    code, reason = fail(room, job)
    assert code == "upload-missing"
    assert "“content.png”" in reason


def test_a_full_disk_fails_with_a_sentence_and_try_again_goes_on(room, monkeypatch):
    job = room.submit(QUICK)
    put, full = room.media.put, False

    def refuse(key, data):
        if full:
            raise FullError("Full.")
        put(key, data)

    def fill():
        nonlocal full
        full = True

    monkeypatch.setattr(room.media, "put", refuse)
    room.viewer.on_preview = [lambda: None, lambda: None, fill]
    failed = room.paint(job)
    assert (failed.status, failed.reason) == (Status.FAILED, "Full.")
    assert "checkpoint-2" in failed.checkpoint_key
    full = False
    room.viewer.seen.clear()
    assert room.store.retry(job.id, "ada")
    assert room.paint(job).status is Status.FINISHED
    assert room.viewer.seen[1][0].step == 3


def test_anything_else_fails_with_a_sentence_and_is_logged(room, monkeypatch):
    def explode(*_):
        raise ZeroDivisionError("at /home/secret/path")

    monkeypatch.setattr(progress.pictures, "preview", explode)
    with capture_logs() as logged:
        job = room.paint(room.submit(QUICK))
    assert (job.status, job.reason) == (Status.FAILED, painter.BROKEN)
    (error,) = (entry for entry in logged if entry["log_level"] == "error")
    assert error["exc_info"]


def lock_database(room, monkeypatch, times):
    beat = room.store.heartbeat

    def refuse(*at, **values):
        nonlocal times
        times -= 1
        if times >= 0:
            raise OperationalError("UPDATE jobs", {}, Exception("database is locked"))
        return beat(*at, **values)

    monkeypatch.setattr(room.store, "heartbeat", refuse)


def test_a_database_that_is_locked_for_a_while_costs_nothing(room, monkeypatch):
    job = room.submit(QUICK)
    room.viewer.on_preview = [lambda: lock_database(room, monkeypatch, 3)]
    assert room.paint(job).status is Status.FINISHED


def test_a_job_that_lost_the_database_is_put_back_when_that_is_there_again(room, monkeypatch):
    job = room.submit(LONG)
    room.painter.settings = replace(room.settings, lease_s=0)
    room.viewer.on_preview = [lambda: lock_database(room, monkeypatch, 10_000)]
    release, tries = room.store.release_lost, []

    def refuse_twice(*at):
        tries.append(at)
        if len(tries) < 3:
            raise OperationalError("UPDATE jobs", {}, Exception("database is locked"))
        return release(*at)

    monkeypatch.setattr(room.store, "release_lost", refuse_twice)
    monkeypatch.setattr(painter, "_BETWEEN_TRIES_S", 0)
    assert room.paint(job).status is Status.QUEUED
    assert [event.name for event in room.store.events(job.id)][-1] == "worker lost"


def test_a_worker_that_leaves_does_not_wait_for_the_database(room, monkeypatch):
    job = room.submit(LONG)
    room.painter.settings = replace(room.settings, lease_s=0)
    room.viewer.on_preview = [lambda: lock_database(room, monkeypatch, 10_000)]

    def refuse(*_):
        room.leaving = True
        raise OperationalError("UPDATE jobs", {}, Exception("database is locked"))

    monkeypatch.setattr(room.store, "release_lost", refuse)
    monkeypatch.setattr(painter, "_BETWEEN_TRIES_S", 0)
    assert room.paint(job).status is Status.PAINTING


def test_too_little_memory_is_said(room, monkeypatch):
    def explode(*_):
        raise MemoryError

    monkeypatch.setattr(progress.pictures, "preview", explode)
    assert room.paint(room.submit(QUICK)).reason == painter.NO_MEMORY


def test_a_child_that_is_told_to_exit_puts_its_job_back(room):
    job = room.submit(LONG)

    def exit_():
        raise SystemExit(0)

    room.viewer.on_preview = [lambda: None, exit_]
    with pytest.raises(SystemExit):
        room.painter.paint_next(ME)
    job = room.store.job(job.id)
    assert (job.status, job.attempts) == (Status.QUEUED, 0)
    assert "checkpoint-1" in job.checkpoint_key


def test_the_network_is_kept_between_paintings_that_share_it(room):
    first = room.painter.backbone(QUICK)
    assert room.painter.backbone(QUICK.changed(size=128, strength=10)) is first
    assert room.painter.backbone(QUICK.changed(pooling="average")) is not first


def test_a_network_that_must_be_tried_first_is_told_from_one_that_need_not(room, monkeypatch):
    monkeypatch.setattr("engine.backbones.precision.has_bfloat16", lambda: None)
    assert room.painter.needs_no_trial(QUICK)
    assert not room.painter.needs_no_trial(QUICK.changed(precision="auto"))
    # What was measured of another network, or on another machine, says nothing of this one.
    (room.settings.data / painter.PRECISION_FILE).write_text('{"another": {"float32": 1, "bfloat16": 2}}')
    assert not room.painter.needs_no_trial(QUICK.changed(precision="auto"))
    monkeypatch.setattr("engine.backbones.precision.has_bfloat16", lambda: False)
    assert room.painter.needs_no_trial(QUICK.changed(precision="auto"))


@pytest.fixture
def filming(monkeypatch):
    monkeypatch.setattr(snapshots, "FRAME_S", 0)


def test_pictures_on_the_way_are_kept_and_not_taken_twice(room, filming):
    job = room.submit(QUICK)
    room.viewer.on_preview = [lambda: None, lambda: None, lambda: room.store.pause(job.id, "ada")]
    room.paint(job)
    room.store.resume(job.id, "ada")
    assert room.paint(job).status is Status.FINISHED
    kept = room.store.snapshots(job.id)
    assert [frame.step for frame in kept] == [1, 2, 3, 4, 5]
    assert [frame.place for frame in kept] == [10, 20, 30, 40, 50]
    for frame in kept:
        assert (
            Image.open(io.BytesIO(room.media.get(frame.key))).size == (frame.width, frame.height) == (64, 48)
        )


def test_what_it_cost_is_noted_unless_it_was_disturbed(room):
    # A clock that moves when it is looked at: all paintings take alike, and less than was guessed.
    room.painter.clock = partial(next, itertools.count(step=0.01))
    steered = room.submit(QUICK)
    room.viewer.on_preview = [lambda: room.store.steer(steered.id, "ada", QUICK.changed(strength=90))]
    room.paint(steered)
    assert room.store.estimate_errors() == []
    job = room.paint(room.submit(QUICK))
    (error,) = room.store.estimate_errors()
    rates = room.store.rates()
    assert rates.paintings == {"vgg19/float32": 1}
    assert 0 < rates.step_s["vgg19/float32"] * 0.003072 * 6 + rates.start_s <= job.result.seconds + 1
    # The first one was a guess about some other machine; the second knows this one.
    room.paint(room.submit(QUICK))
    assert room.store.estimate_errors()[0] < error


def test_painting_further_starts_from_the_picture(room, filming):
    parent = room.paint(room.submit(QUICK))
    second = room.store.snapshots(parent.id)[1]
    for frame in (None, second):
        child = continue_painting(
            room.store,
            room.media,
            parent,
            token=f"{frame}",
            expiry_s=99,
            snapshot=frame,
            changes={"max_steps": 1},
        )
        done = room.paint(child)
        assert (done.status, done.step) == (Status.FINISHED, 1)
        start = images.read(room.media.get(child.start.key)).rgb
        picture = images.read(room.media.get(done.result.key)).rgb
        photo = images.resize(images.read(room.media.get(done.content.key)).rgb, (48, 64))
        assert np.abs(picture - start).mean() < np.abs(picture - photo).mean()


def mask_of(room, left, name="mask"):
    mask = np.zeros((30, 40), np.float32)
    mask[:, :20] = left
    mask[:, 20:] = 1 - left
    out = io.BytesIO()
    Image.fromarray((mask * 255).astype(np.uint8)).save(out, "png")
    return stage(
        room.store, room.media, out.getvalue(), owner="ada", role="mask", name=name,
        width=40, height=30, suffix=".png", expiry_s=999,
    )  # fmt: skip


def test_masks_are_painted_with_and_can_be_steered(room):
    left, right = mask_of(room, 1), mask_of(room, 0)
    plain = room.paint(room.submit(QUICK))
    masked = room.paint(room.submit(QUICK, mask_ids=(left.id,)))
    assert masked.status is Status.FINISHED, masked.reason
    assert room.media.get(masked.result.key) != room.media.get(plain.result.key)
    job = room.submit(QUICK, mask_ids=(left.id,))
    room.viewer.on_preview = [lambda: room.store.steer(job.id, "ada", QUICK, mask_ids=[right.id])]
    steered = room.paint(job)
    assert (steered.status, steered.step, steered.masks) == (Status.FINISHED, 6, (right,))
    assert room.media.get(steered.result.key) != room.media.get(masked.result.key)


def test_a_mask_that_covers_nothing_is_said(room):
    out = io.BytesIO()
    Image.new("L", (40, 30)).save(out, "png")
    black = stage(
        room.store, room.media, out.getvalue(), owner="ada", role="mask", name="black",
        width=40, height=30, suffix=".png", expiry_s=999,
    )  # fmt: skip
    code, _ = fail(room, room.submit(QUICK, mask_ids=(black.id,)))
    assert code == "mask-empty"
