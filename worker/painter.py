"""Drives one painting at a time: claim, resume, steer, publish, checkpoint, stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from engine.backbones.memory import return_freed_memory
from engine.backbones.weights import default_cache, resolve
from engine.errors import PasticheError
from engine.recipe import Recipe
from jobs.job import WorkerIdentity
from jobs.live import Live
from jobs.media import Media
from jobs.settings import Settings
from jobs.store import JobStore
from jobs.store.leases import STARTING_PATIENCE_S
from worker.attempt import Attempt
from worker.cost_record import device_name
from worker.draft_worker import FeedforwardStyles
from worker.feedforward_attempt import FeedforwardAttempt
from worker.heartbeat import LeaseLostError

if TYPE_CHECKING:
    from engine.backbones import Backbone

PRECISION_FILE = "precision.json"
"""What was measured to be faster here, for this and the next children: the precision, and on cards XLA."""

BROKEN = (
    "Something in the studio broke while this was painted, and its log says what; "
    "“try again” goes on from where it was."
)
NO_MEMORY = "There was not enough memory to paint at this size; choose a smaller one."

_BETWEEN_TRIES_S = 0.5

_log = structlog.get_logger(__name__)


class Painter:
    """Paints claimed jobs, one after the other; lives in a worker's child.

    Args:
        settings: where the weights are, and how long a lease is.
        store: the truth.
        live: what is happening now.
        media: the pictures.
        leaving: whether the worker was asked to end.
        between_steps: done between two steps; returns whether that took any time.
        wait_until_loaded: waits for what another thread still loads for this one, TensorFlow above all.
        clock: monotonic seconds, for tests.
    """

    def __init__(
        self,
        settings: Settings,
        store: JobStore,
        live: Live,
        media: Media,
        *,
        leaving: Callable[[], bool],
        between_steps: Callable[[], bool] | None = None,
        wait_until_loaded: Callable[[], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.store = store
        self.live = live
        self.media = media
        self.leaving = leaving
        self.between_steps = between_steps or _nothing
        self.wait_until_loaded = wait_until_loaded or _nothing
        self.clock = clock
        self.networks_opened = 0
        self._backbone: tuple[object, Backbone] | None = None

    def paint_next(self, worker: WorkerIdentity) -> bool:
        """Claim the next job and paint it until it ends or is handed over; False if none waits."""
        claim = self.store.claim(worker)
        if claim is None:
            return False
        with structlog.contextvars.bound_contextvars(job_id=claim.job.id):
            _log.info("claimed", resumes=claim.checkpoint_key is not None, attempt=claim.job.attempts)
            self._attempt(
                (FeedforwardAttempt if claim.job.recipe.feedforward_style else Attempt)(self, claim)
            )
        return_freed_memory()
        return True

    def _attempt(self, attempt: Attempt) -> None:
        job_id, token = attempt.job.id, attempt.token
        try:
            _log.info("done", outcome=attempt.paint())
        except LeaseLostError:
            _log.warning("the job is no longer this worker's")
        except SystemExit:
            # The child was told to end in the middle of a step: the last checkpoint stands.
            self.store.hand_over(job_id, token)
            raise
        except SQLAlchemyError:
            _log.exception("the database is away")
            self._let_go(job_id, token)
        except PasticheError as exc:
            _log.warning("failed", reason=str(exc), code=exc.code, exc_info=exc.__cause__)
            self.store.fail(job_id, token, str(exc))
        except Exception as exc:
            _log.exception("failed")
            self.store.fail(job_id, token, NO_MEMORY if _is_memory(exc) else BROKEN)

    def _let_go(self, job_id: str, token: str) -> None:
        """Put a job back once that can be written; the janitor, seeing a process that lives, waits longer."""
        began = self.clock()
        while not self.leaving() and self.clock() - began < STARTING_PATIENCE_S:
            try:
                self.store.release_lost(job_id, token)
            except SQLAlchemyError:
                time.sleep(_BETWEEN_TRIES_S)
            else:
                return

    @property
    def scratch(self) -> Path:
        """The folder for what is too large for memory: a container's /tmp is memory itself, and uncounted."""
        self.settings.data.mkdir(parents=True, exist_ok=True)
        return self.settings.data

    @cached_property
    def feedforward_styles(self) -> FeedforwardStyles:
        """The network that paints trained styles.

        Raises:
            WeightsError: it is missing or damaged.
        """
        from engine.feedforward.styles import FeedforwardStyles as EngineStyles  # noqa: PLC0415  (TensorFlow, in the child only)

        return EngineStyles.load()

    def backbone(self, recipe: Recipe) -> Backbone:
        """Return the network of a recipe; the last one is kept, with what was traced for it.

        Raises:
            WeightsError: its weights are missing or damaged.
        """
        # Loads TensorFlow, which must happen in the child only.
        from engine.backbones import load_backbone  # noqa: PLC0415

        key = self._backbone_key(recipe)
        kept = self._backbone
        if kept is None or kept[0] != key:
            self._backbone = None
            cache = self.settings.data / PRECISION_FILE
            given, home = self._weights()
            kept = key, load_backbone(recipe, given, cache=home, precision_cache=cache)
            self._backbone = kept
            self.networks_opened += 1
        # Not what is kept by now: another thread may try out another network.
        return kept[1]

    def try_out(self, given_up: Callable[[], bool]) -> bool:
        """Measure what painting costs on this device, if nobody knows, for the first estimates.

        Args:
            given_up: whether to leave it, as somebody waits for this process.

        Returns:
            Whether it is known now.

        Raises:
            WeightsError: the network's weights are missing or damaged.
        """
        from worker.trial import measured  # noqa: PLC0415  (TensorFlow, in the child only)

        device = device_name()
        if self.store.is_measured(device):
            return True
        sample = measured(self.backbone(Recipe()), given_up, self.clock)
        if sample is None:
            return False
        self.store.note_tried(device, sample)
        _log.info("tried", device=device, network=sample.key, seconds=round(sample.seconds, 1))
        return_freed_memory()
        return True

    def needs_no_trial(self, recipe: Recipe) -> bool:
        """Tell whether `backbone` opens this recipe's network without measuring first what is faster.

        Raises:
            WeightsError: its weights are missing.
        """
        from engine.backbones.precision import is_settled  # noqa: PLC0415  (TensorFlow, in the child only)

        given, home = self._weights()
        network = resolve(recipe.backbone, given, cache=home).network
        return is_settled(recipe.precision, self.settings.data / PRECISION_FILE, network=network)

    def _weights(self) -> tuple[Path | None, Path]:
        """Return VGG19's file where it was named, and the folder to look in."""
        return self.settings.vgg19_weights, default_cache(self.settings.cache_home)

    def _backbone_key(self, recipe: Recipe) -> object:
        given, home = self._weights()
        path = resolve(recipe.backbone, given, cache=home).path
        facts = path.stat()
        return recipe.backbone, recipe.pooling, recipe.precision, path, facts.st_mtime, facts.st_size


def _nothing() -> bool:
    return False


def _is_memory(exc: BaseException) -> bool:
    # TensorFlow's own is told by name, so that this module needs no TensorFlow.
    return isinstance(exc, MemoryError) or type(exc).__name__ == "ResourceExhaustedError"
