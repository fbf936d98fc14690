"""The painter with a tiny network: the real loop, the real store, the real media."""

import io
import itertools
import json
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

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
from worker import attempt, feedforward_attempt, heartbeat, networks, painter, pictures, progress, snapshots
from worker.attempt import AttemptContext
from worker.networks import Networks
from worker.painter import Painter

QUICK = Recipe(size=64, scales=1, max_steps=6, precision="float32")
LONG = QUICK.changed(max_steps=500)
ME = this_process(Queue.LONG)


@dataclass
class Viewer:
    """What a page would have shown, and what its visitor does when a preview appears."""

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


class Studio:
    """A studio without a queue."""

    shared_backbone: Any = None

    def __init__(self, folder: Path, weights: Path) -> None:
        self.settings = Settings.from_env({"PASTICHE_DATA": str(folder), "VGG19_WEIGHTS": str(weights)})
        self.store = JobStore.open(self.settings.database_url)
        self.media = Media.open(self.settings.media_url)
        self.viewer = Viewer()
        self.networks = Networks(self.settings)
        # Otherwise each test would have to trace the network again.
        self.networks._backbone = self.shared_backbone
        self.is_shutting_down = False
        self.painter = self.new_painter()
        self._count = 0

    def new_painter(self, **changes) -> Painter:
        parts: dict[str, Any] = {
            "store": self.store,
            "live": self.viewer,
            "media": self.media,
            "networks": self.networks,
            "lease_s": self.settings.lease_s,
            "scratch": self.settings.data,
            "is_shutting_down": lambda: self.is_shutting_down,
        }
        return Painter(AttemptContext(**parts | changes))

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
        return self.store.jobs.submit(Order(**choices | more))

    def paint(self, job):
        assert self.painter.paint_next(ME)
        Studio.shared_backbone = self.networks._backbone
        return self.store.jobs.find(job.id)


@pytest.fixture
def studio(data_folder, tiny_weights, monkeypatch):
    monkeypatch.setattr(progress, "PREVIEW_S", 0)
    monkeypatch.setattr(progress, "PREVIEW_SHARE", float("inf"))
    monkeypatch.setattr(heartbeat, "BEAT_S", 0)
    monkeypatch.setattr(attempt, "CHECKPOINT_S", 0)
    studio = Studio(data_folder, tiny_weights)
    yield studio
    studio.store.close()


def test_other_work_is_done_between_steps_and_spoils_the_measurement(studio):
    steps = []

    def between():
        steps.append(studio.viewer.seen[-1][0].step)
        return True

    studio.painter = studio.new_painter(between_steps=between)
    studio.paint(studio.submit(QUICK))
    assert steps == [1, 2, 3, 4, 5, 6]
    # A painting that was held up says nothing about the speed.
    assert studio.store.costs.estimate_errors() == []


@pytest.mark.parametrize("recipe", [QUICK, Recipe(feedforward_style="starry_night", size=64)])
def test_a_job_is_claimed_while_tensorflow_is_still_loading(studio, recipe):
    statuses = []
    job = studio.submit(recipe, **({"style_ids": ()} if recipe.feedforward_style else {}))
    studio.painter = studio.new_painter(
        wait_until_loaded=lambda: statuses.append(studio.store.jobs.find(job.id).status)
    )
    assert studio.paint(job).status is Status.FINISHED
    assert statuses == [Status.PAINTING]


def test_a_one_pass_style_paints_in_one_pass(studio, monkeypatch):
    styles = built_in_styles()
    if not styles:
        pytest.skip("no one-pass style ships")
    network = SimpleNamespace(apply=lambda content, _name, size: images.fit(1 - content, size))
    monkeypatch.setattr(studio.networks, "feedforward_styles", network)
    recipe = Recipe(size=64, feedforward_style=styles[0].name)
    job = studio.paint(studio.submit(recipe, style_ids=()))
    assert job.status is Status.FINISHED
    assert job.backbone == job.result.backbone == feedforward_attempt.NETWORK
    assert (job.result.width, job.result.height) == (64, 48)
    assert images.read_recipe(studio.media.get(job.result.key)) == recipe
    kept = {job.result.key, job.result.thumbnail_key}
    assert set(studio.media.keys(f"jobs/{job.id}/")) == kept


def test_without_a_waiting_job_nothing_is_painted(studio):
    assert not studio.painter.paint_next(ME)


def test_a_painting_is_published_kept_and_finished(studio):
    job = studio.paint(studio.submit(QUICK))
    assert (job.status, job.backbone, job.step) == (Status.FINISHED, "vgg19", 6)
    assert (job.result.width, job.result.height) == (64, 48)
    picture = studio.media.get(job.result.key)
    assert len(picture) == job.result.bytes
    assert Image.open(io.BytesIO(picture)).size == (64, 48)
    assert images.read_recipe(picture) == QUICK.changed(backbone="vgg19")
    assert Image.open(io.BytesIO(studio.media.get(job.result.thumbnail_key))).format == "WEBP"
    assert job.result.seconds > 0

    phases = [progress.phase for progress, _ in studio.viewer.seen]
    assert phases[0] == "loading"
    assert phases[1:] == ["painting"] * 6
    published = [progress.progress for progress, _ in studio.viewer.seen]
    assert published == sorted(published)
    assert Image.open(io.BytesIO(studio.viewer.previews[0])).format == "JPEG"
    # Everything else that was stored is discarded.
    kept = {job.result.key, job.result.thumbnail_key} | {
        snapshot.key for snapshot in studio.store.snapshots.of_job(job.id)
    }
    assert set(studio.media.keys(f"jobs/{job.id}/")) - set(studio.store.housekeeping.discards()) == kept


def test_transparency_is_kept(studio):
    alpha = np.zeros((60, 80), np.float32)
    alpha[:, 40:] = 1
    job = studio.paint(studio.submit(QUICK, alpha))
    picture = images.read(studio.media.get(job.result.key))
    assert picture.alpha[:, 0].max() == 0
    assert picture.alpha[:, -1].min() == 1


def test_a_stop_keeps_the_picture_so_far_at_the_size_of_the_order(studio):
    job = studio.submit(LONG.changed(size=256, scales=2))
    studio.viewer.on_preview = [lambda: studio.store.wishes.stop(job.id, "ada")]
    stopped = studio.paint(job)
    assert stopped.status is Status.STOPPED
    assert stopped.step == 1
    assert (stopped.result.width, stopped.result.height) == (256, 192)


@pytest.mark.parametrize("again", [False, True], ids=["at once", "after another worker was lost"])
def test_a_stop_before_the_first_step_keeps_a_painting_not_the_photo(studio, again):
    job = studio.submit(LONG.changed(size=256, scales=2))

    def stop():
        assert studio.store.wishes.stop(job.id, "ada")
        if again:
            (lease,) = studio.store.leases.held()
            assert studio.store.leases.release_lost(lease.job_id, lease.token, lease.beat)

    studio.painter = studio.new_painter(wait_until_loaded=stop)
    stopped = studio.paint(job)
    if again:
        assert (stopped.status, stopped.checkpoint_key) == (Status.QUEUED, None)
        studio.painter = studio.new_painter()
        stopped = studio.paint(job)
    assert (stopped.status, stopped.step) == (Status.STOPPED, 1)


def test_scratch_files_go_to_the_data_folder(studio, monkeypatch):
    folders = []
    for name in ("begin", "resume"):
        method = getattr(Painting, name)

        def spy(*args, scratch, method=method, **options):
            folders.append(scratch)
            return method(*args, scratch=scratch, **options)

        monkeypatch.setattr(Painting, name, spy)
    job = studio.submit(QUICK)
    studio.viewer.on_preview = [lambda: studio.store.wishes.pause(job.id, "ada")]
    studio.paint(job)
    studio.store.wishes.resume(job.id, "ada")
    assert studio.paint(job).status is Status.FINISHED
    assert folders == [studio.settings.data] * 2


def test_when_memory_runs_short_one_event_says_so(studio, monkeypatch):
    advance = Painting.advance
    reduced = lambda painting: replace(advance(painting), reduced_tile_px=768)  # noqa: E731
    monkeypatch.setattr(Painting, "advance", reduced)
    job = studio.paint(studio.submit(QUICK))
    assert job.status is Status.FINISHED
    details = [event.detail for event in studio.store.jobs.events(job.id) if event.name == "memory ran short"]
    assert details == ["768"]


def test_a_job_that_is_cancelled_while_painting_leaves_nothing(studio):
    job = studio.submit(LONG)
    studio.viewer.on_preview = [lambda: None, lambda: studio.store.wishes.cancel(job.id, "ada")]
    assert studio.paint(job).status is Status.CANCELLED
    assert f"jobs/{job.id}/" in studio.store.housekeeping.discards()
    studio.media.delete_prefix(f"jobs/{job.id}/")


def test_a_worker_that_lost_its_lease_deletes_what_it_wrote(studio):
    job = studio.submit(LONG)

    def lose():
        (lease,) = studio.store.leases.held()
        assert studio.store.leases.release_lost(lease.job_id, lease.token, lease.beat)

    studio.viewer.on_preview = [lose]
    assert studio.paint(job).status is Status.QUEUED
    assert studio.media.keys(f"jobs/{job.id}/") == []


def test_steering_takes_effect_and_is_in_the_recipe_of_the_result(studio):
    job = studio.submit(QUICK)
    steered = QUICK.changed(strength=90, keep_colours=40)
    studio.viewer.on_preview = [lambda: studio.store.wishes.steer(job.id, "ada", steered)]
    done = studio.paint(job)
    recipe = images.read_recipe(studio.media.get(done.result.key))
    assert recipe == steered.changed(backbone="vgg19")
    assert json.loads(studio.store.jobs.events(job.id)[-2].detail)["strength"] == 90


def test_a_worker_that_shuts_down_hands_over_and_the_next_one_resumes(studio):
    job = studio.submit(QUICK)

    def shut_down():
        studio.is_shutting_down = True

    studio.viewer.on_preview = [lambda: None, lambda: None, shut_down]
    handed = studio.paint(job)
    assert (handed.status, handed.step, handed.attempts) == (Status.QUEUED, 3, 0)
    assert studio.media.exists(handed.checkpoint_key)
    assert "checkpoint-3" in handed.checkpoint_key
    assert studio.media.exists(handed.snapshot_key)
    studio.is_shutting_down = False
    studio.viewer.seen.clear()
    studio.painter = studio.new_painter()
    done = studio.paint(job)
    assert done.status is Status.FINISHED
    assert [progress.step for progress, preview in studio.viewer.seen if preview] == [4, 5, 6]
    assert done.result.seconds > handed.painted_s
    names = [event.name for event in studio.store.jobs.events(job.id)]
    assert names == ["submitted", "claimed", "handed over", "claimed", "finished"]


def test_a_pause_hands_the_job_over_until_it_is_resumed(studio):
    job = studio.submit(LONG)
    studio.viewer.on_preview = [lambda: studio.store.wishes.pause(job.id, "ada")]
    assert studio.paint(job).status is Status.PAUSED
    assert not studio.painter.paint_next(ME)


def test_with_a_damaged_checkpoint_the_job_starts_over(studio):
    job = studio.submit(QUICK)
    studio.viewer.on_preview = [lambda: studio.store.wishes.pause(job.id, "ada")]
    paused = studio.paint(job)
    studio.media.put(paused.checkpoint_key, b"nonsense")
    studio.store.wishes.resume(job.id, "ada")
    done = studio.paint(job)
    assert (done.status, done.step) == (Status.FINISHED, 6)


def fail(studio, job) -> tuple[str, str]:
    """Paint a job that fails; return the error's code, as logged, and the reason that is shown."""
    with capture_logs() as logged:
        failed = studio.paint(job)
    assert failed.status is Status.FAILED
    (code,) = (entry["code"] for entry in logged if "code" in entry)
    return code, failed.reason


def test_what_the_engine_refuses_fails_with_the_engines_reason(studio):
    code, reason = fail(studio, studio.submit(QUICK.changed(style_layers=("block5_conv1",))))
    assert code == "layer-missing"
    assert reason.endswith(".")
    assert "block5_conv1" in reason


def test_missing_weights_fail_with_a_reason_that_names_them(studio):
    settings = replace(studio.settings, vgg19_weights=Path("/nowhere/vgg19.h5"))
    studio.painter = studio.new_painter(networks=Networks(settings))
    code, reason = fail(studio, studio.submit(QUICK))
    assert code == "weights-file-missing"
    assert "vgg19.h5" in reason


def test_a_missing_photo_fails_with_a_reason_that_names_it(studio):
    job = studio.submit(QUICK)
    studio.media.delete(job.content.key)
    code, reason = fail(studio, job)
    assert code == "upload-missing"
    assert "“content.png”" in reason


def test_after_a_full_disk_try_again_resumes(studio, monkeypatch):
    job = studio.submit(QUICK)
    put, full = studio.media.put, False

    def refuse(key, data):
        if full:
            raise FullError("Full.")
        put(key, data)

    def fill():
        nonlocal full
        full = True

    monkeypatch.setattr(studio.media, "put", refuse)
    studio.viewer.on_preview = [lambda: None, lambda: None, fill]
    failed = studio.paint(job)
    assert (failed.status, failed.reason) == (Status.FAILED, "Full.")
    assert "checkpoint-2" in failed.checkpoint_key
    full = False
    studio.viewer.seen.clear()
    assert studio.store.wishes.retry(job.id, "ada")
    assert studio.paint(job).status is Status.FINISHED
    assert studio.viewer.seen[1][0].step == 3


def test_any_other_error_fails_with_a_fixed_reason_and_is_logged(studio, monkeypatch):
    def explode(*_):
        raise ZeroDivisionError("at /home/secret/path")

    monkeypatch.setattr(pictures, "preview", explode)
    with capture_logs() as logged:
        job = studio.paint(studio.submit(QUICK))
    assert (job.status, job.reason) == (Status.FAILED, painter.BROKEN)
    (error,) = (entry for entry in logged if entry["log_level"] == "error")
    assert error["exc_info"]


def lock_database(studio, monkeypatch, times):
    beat = studio.store.leases.heartbeat

    def refuse(*at, **values):
        nonlocal times
        times -= 1
        if times >= 0:
            raise OperationalError("UPDATE jobs", {}, Exception("database is locked"))
        return beat(*at, **values)

    monkeypatch.setattr(studio.store.leases, "heartbeat", refuse)


def test_a_database_that_is_locked_for_a_while_does_no_harm(studio, monkeypatch):
    job = studio.submit(QUICK)
    studio.viewer.on_preview = [lambda: lock_database(studio, monkeypatch, 3)]
    assert studio.paint(job).status is Status.FINISHED


def test_a_job_is_put_back_once_a_lost_database_is_back(studio, monkeypatch):
    job = studio.submit(LONG)
    studio.painter = studio.new_painter(lease_s=0)
    studio.viewer.on_preview = [lambda: lock_database(studio, monkeypatch, 10_000)]
    release, tries = studio.store.leases.release_lost, []

    def refuse_twice(*at):
        tries.append(at)
        if len(tries) < 3:
            raise OperationalError("UPDATE jobs", {}, Exception("database is locked"))
        return release(*at)

    monkeypatch.setattr(studio.store.leases, "release_lost", refuse_twice)
    monkeypatch.setattr(painter, "_RETRY_S", 0)
    assert studio.paint(job).status is Status.QUEUED
    assert [event.name for event in studio.store.jobs.events(job.id)][-1] == "worker lost"


def test_a_worker_that_shuts_down_does_not_wait_for_the_database(studio, monkeypatch):
    job = studio.submit(LONG)
    studio.painter = studio.new_painter(lease_s=0)
    studio.viewer.on_preview = [lambda: lock_database(studio, monkeypatch, 10_000)]

    def refuse(*_):
        studio.is_shutting_down = True
        raise OperationalError("UPDATE jobs", {}, Exception("database is locked"))

    monkeypatch.setattr(studio.store.leases, "release_lost", refuse)
    monkeypatch.setattr(painter, "_RETRY_S", 0)
    assert studio.paint(job).status is Status.PAINTING


def test_too_little_memory_fails_with_its_own_reason(studio, monkeypatch):
    def explode(*_):
        raise MemoryError

    monkeypatch.setattr(pictures, "preview", explode)
    assert studio.paint(studio.submit(QUICK)).reason == painter.NO_MEMORY


def test_a_child_that_has_to_exit_puts_its_job_back(studio):
    job = studio.submit(LONG)

    def exit_():
        raise SystemExit(0)

    studio.viewer.on_preview = [lambda: None, exit_]
    with pytest.raises(SystemExit):
        studio.painter.paint_next(ME)
    job = studio.store.jobs.find(job.id)
    assert (job.status, job.attempts) == (Status.QUEUED, 0)
    assert "checkpoint-1" in job.checkpoint_key


def test_paintings_that_share_a_network_open_it_once(studio):
    first = studio.networks.backbone(QUICK)
    assert studio.networks.backbone(QUICK.changed(size=128, strength=10)) is first
    assert studio.networks.backbone(QUICK.changed(pooling="average")) is not first


def test_whether_a_network_needs_a_trial_depends_on_what_was_measured_here(studio, monkeypatch):
    monkeypatch.setattr("engine.backbones.precision.has_bfloat16", lambda: None)
    assert studio.networks.needs_no_trial(QUICK)
    assert not studio.networks.needs_no_trial(QUICK.changed(precision="auto"))
    # A measurement of another network, or on another machine, says nothing about this one.
    (studio.settings.data / networks.PRECISION_FILE).write_text('{"another": {"float32": 1, "bfloat16": 2}}')
    assert not studio.networks.needs_no_trial(QUICK.changed(precision="auto"))
    monkeypatch.setattr("engine.backbones.precision.has_bfloat16", lambda: False)
    assert studio.networks.needs_no_trial(QUICK.changed(precision="auto"))


@pytest.fixture
def snapshot_each_step(monkeypatch):
    monkeypatch.setattr(snapshots, "SNAPSHOT_S", 0)


def test_snapshots_are_kept_and_not_taken_twice(studio, snapshot_each_step):
    job = studio.submit(QUICK)
    studio.viewer.on_preview = [lambda: None, lambda: None, lambda: studio.store.wishes.pause(job.id, "ada")]
    studio.paint(job)
    studio.store.wishes.resume(job.id, "ada")
    assert studio.paint(job).status is Status.FINISHED
    kept = studio.store.snapshots.of_job(job.id)
    assert [snapshot.step for snapshot in kept] == [1, 2, 3, 4, 5]
    assert [snapshot.place for snapshot in kept] == [10, 20, 30, 40, 50]
    for snapshot in kept:
        size = Image.open(io.BytesIO(studio.media.get(snapshot.key))).size
        assert size == (snapshot.width, snapshot.height) == (64, 48)


def test_the_cost_is_recorded_unless_the_painting_was_disturbed(studio):
    # A clock that moves when it is read: all paintings take the same time, and less than was guessed.
    studio.painter = studio.new_painter(clock=partial(next, itertools.count(step=0.01)))
    steered = studio.submit(QUICK)
    studio.viewer.on_preview = [
        lambda: studio.store.wishes.steer(steered.id, "ada", QUICK.changed(strength=90))
    ]
    studio.paint(steered)
    assert studio.store.costs.estimate_errors() == []
    job = studio.paint(studio.submit(QUICK))
    (error,) = studio.store.costs.estimate_errors()
    rates = studio.store.costs.rates()
    assert rates.paintings == {"vgg19/float32": 1}
    assert 0 < rates.step_s["vgg19/float32"] * 0.003072 * 6 + rates.start_s <= job.result.seconds + 1
    # The first estimate was a guess from some other machine; the second knows this one.
    studio.paint(studio.submit(QUICK))
    assert studio.store.costs.estimate_errors()[0] < error


def test_a_continuation_starts_from_the_picture(studio, snapshot_each_step):
    parent = studio.paint(studio.submit(QUICK))
    second = studio.store.snapshots.of_job(parent.id)[1]
    for snapshot in (None, second):
        child = continue_painting(
            studio.store,
            studio.media,
            parent,
            token=f"{snapshot}",
            expiry_s=99,
            snapshot=snapshot,
            changes={"max_steps": 1},
        )
        done = studio.paint(child)
        assert (done.status, done.step) == (Status.FINISHED, 1)
        start = images.read(studio.media.get(child.start.key)).rgb
        picture = images.read(studio.media.get(done.result.key)).rgb
        photo = images.resize(images.read(studio.media.get(done.content.key)).rgb, (48, 64))
        assert np.abs(picture - start).mean() < np.abs(picture - photo).mean()


def mask_of(studio, left, name="mask"):
    mask = np.zeros((30, 40), np.float32)
    mask[:, :20] = left
    mask[:, 20:] = 1 - left
    out = io.BytesIO()
    Image.fromarray((mask * 255).astype(np.uint8)).save(out, "png")
    return stage(
        studio.store, studio.media, out.getvalue(), owner="ada", role="mask", name=name,
        width=40, height=30, suffix=".png", expiry_s=999,
    )  # fmt: skip


def test_masks_have_an_effect_and_can_be_steered(studio):
    left, right = mask_of(studio, 1), mask_of(studio, 0)
    unmasked = studio.paint(studio.submit(QUICK))
    masked = studio.paint(studio.submit(QUICK, mask_ids=(left.id,)))
    assert masked.status is Status.FINISHED, masked.reason
    assert studio.media.get(masked.result.key) != studio.media.get(unmasked.result.key)
    job = studio.submit(QUICK, mask_ids=(left.id,))
    studio.viewer.on_preview = [lambda: studio.store.wishes.steer(job.id, "ada", QUICK, mask_ids=[right.id])]
    steered = studio.paint(job)
    assert (steered.status, steered.step, steered.masks) == (Status.FINISHED, 6, (right,))
    assert studio.media.get(steered.result.key) != studio.media.get(masked.result.key)


def test_a_mask_that_covers_nothing_fails(studio):
    out = io.BytesIO()
    Image.new("L", (40, 30)).save(out, "png")
    black = stage(
        studio.store, studio.media, out.getvalue(), owner="ada", role="mask", name="black",
        width=40, height=30, suffix=".png", expiry_s=999,
    )  # fmt: skip
    code, _ = fail(studio, studio.submit(QUICK, mask_ids=(black.id,)))
    assert code == "mask-empty"
