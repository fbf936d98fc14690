"""A job, its states and what belongs to it: plain frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.recipe import Recipe


class Queue(StrEnum):
    """Where a job waits: quick work does not wait behind long work."""

    LONG = "long"
    QUICK = "quick"

    @classmethod
    def _missing_(cls, value: object) -> Queue | None:
        """Understand the names of release 1.0, which its messages and rows have."""
        return {"paint": cls.LONG, "draft": cls.QUICK}.get(str(value))

    @property
    def former_name(self) -> str:
        """What release 1.0 called it."""
        return {Queue.LONG: "paint", Queue.QUICK: "draft"}[self]


PAINT_TASK = "worker.tasks.paint_next"
"""Tasks are called by name, so that the web need not import the worker."""


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """What a job makes; `jobs.kinds` has one of these for each kind.

    Attributes:
        name: what the database calls it.
        queue: where it waits; None if that depends on how long it should take.
        task: the Celery task that makes it.
        listed: whether it is among its owner's jobs and paintings. If not, it
            is shown with its parent, and deleted with it.
        steerable: whether its recipe can change while it is made, and be continued.
        needs_styles: whether it is painted from style pictures, which can be varied.
    """

    name: str
    queue: Queue | None = None
    task: str = PAINT_TASK
    listed: bool = True
    steerable: bool = True
    needs_styles: bool = True


class Status(StrEnum):
    """The state of a job.

    queued     waits for a worker
    paused     waits for its owner
    painting   a worker holds a live lease
    finished   painted to the end
    stopped    its owner stopped it: the picture so far is the result
    cancelled  its owner did not want it: nothing is kept
    failed     it has a reason; "try again" resumes from the last checkpoint
    """

    QUEUED = "queued"
    PAUSED = "paused"
    PAINTING = "painting"
    FINISHED = "finished"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    FAILED = "failed"


LEGAL: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.PAINTING, Status.PAUSED, Status.CANCELLED}),
    Status.PAUSED: frozenset({Status.QUEUED, Status.CANCELLED}),
    Status.PAINTING: frozenset(
        {Status.FINISHED, Status.STOPPED, Status.CANCELLED, Status.FAILED, Status.QUEUED}
    ),
    Status.FINISHED: frozenset(),
    Status.STOPPED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.FAILED: frozenset({Status.QUEUED}),
}
"""What each state may become. A job that is being painted is queued again before it is paused."""

DONE = (Status.FINISHED, Status.STOPPED)
"""The states that have a result, which the gallery shows."""

UNDERWAY = (Status.QUEUED, Status.PAUSED, Status.PAINTING)
"""The states from which a job may still become a picture without being tried again."""


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A picture that was checked, sanitized and stored for its owner.

    Attributes:
        role: "content", "style", "mask" or "start".
        name: the name of the uploaded file, which is only shown.
        bytes: the size of what is stored.
        key: where the sanitized picture is in media.
        expires_at: when it is deleted if no job uses it.
        retired_at: when its owner stopped using it for new paintings, if they did.
    """

    id: str
    owner: str
    sha256: str
    role: str
    name: str
    width: int
    height: int
    bytes: int
    key: str
    created_at: datetime
    expires_at: datetime
    retired_at: datetime | None = None


THUMBNAIL_SIDE = 480
"""The largest longer side of a thumbnail in media."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """The final picture, a PNG with a thumbnail, both in media.

    Attributes:
        seconds: how long painting took, over all attempts.
        backbone: the network that painted it, never "auto".
        tones: nine colours of three hexadecimal digits each, row by row, which a page shows
            until the picture is loaded; may be empty.
    """

    key: str
    thumbnail_key: str
    width: int
    height: int
    bytes: int
    seconds: float
    backbone: str
    tones: str = ""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A picture kept while its job was painted.

    There are at most `engine.imaging.film_formats.MAX_SNAPSHOTS` of them, spread evenly over the work.

    Attributes:
        place: which part of the work it shows, from 0.
        progress: in [0, 1], when it was taken.
        width: of the file at `key`.
    """

    place: int
    step: int
    progress: float
    key: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line in the log of a job."""

    at: datetime
    name: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a visitor asks for.

    Attributes:
        style_ids: uploads; none if the recipe names a one-pass style.
        title: as it is shown.
        token: made with the form, so that sending the form twice makes one job.
        queue: the queue it waits in; `jobs.forecast.queue_for` chooses it.
        parent_id: the job that this one continues, if any.
        parent_step: the step of the snapshot that it continues; None for the result.
        kind: what to make; None for what the recipe says (`jobs.kinds.kind_for`).
        start_id: the upload to start from, if the recipe's start is "image".
        mask_ids: for each style an upload with the mask of where it goes, or None; or empty.
        content_mask_id: an upload with the mask of how much the photo matters where.
    """

    owner: str
    content_id: str
    style_ids: tuple[str, ...]
    recipe: Recipe
    title: str
    token: str
    queue: Queue = Queue.LONG
    parent_id: str | None = None
    parent_step: int | None = None
    kind: JobKind | None = None
    start_id: str | None = None
    mask_ids: tuple[str | None, ...] = ()
    content_mask_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """One painting from order to result, as it stood when it was read.

    Attributes:
        queue: the queue it waits in.
        recipe_version: how often it was steered.
        masks: one for each style, or None.
        start: the picture that it starts from, if one was given.
        parent_id: the job that it continues, as long as that exists.
        parent_step: the step of the snapshot that it continues; None for the result.
        progress: in [0, 1], as of the last heartbeat.
        attempts: claims since the last new checkpoint.
        checkpoint_key: the checkpoint that painting resumes from, if there is one.
        snapshot_key: the newest preview that was kept, for when Redis has none.
        painted_s: seconds of painting up to the last checkpoint.
        stop_requested: whether "stop and keep" was asked for and is not done yet.
        pause_requested: whether "pause" was asked for and is not done yet.
        reason: a sentence that says why it failed.
        backbone: the network that paints it, once that is known.
    """

    id: str
    owner: str
    status: Status
    kind: JobKind
    queue: Queue
    title: str
    recipe: Recipe
    recipe_version: int
    content: Upload
    styles: tuple[Upload, ...]
    masks: tuple[Upload | None, ...]
    content_mask: Upload | None
    start: Upload | None
    parent_id: str | None
    parent_step: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    step: int
    progress: float
    attempts: int
    checkpoint_key: str | None
    snapshot_key: str | None
    painted_s: float
    stop_requested: bool
    pause_requested: bool
    reason: str | None
    backbone: str | None
    result: Result | None

    @property
    def cursor(self) -> str:
        """The place of this job in the gallery, for `JobStore.gallery.search(before=…)`."""
        return f"{(self.finished_at or self.created_at).timestamp():.6f}-{self.id}"


@dataclass(frozen=True, kw_only=True)
class WorkerIdentity:
    """The process that paints a job, so that its death can be noticed.

    Attributes:
        host: the machine and, in a container, the process namespace.
        process_started: distinguishes a process from a later one with the same pid.
        queue: the queue it serves.
    """

    host: str
    pid: int
    process_started: str
    queue: Queue


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A job that is this worker's for as long as its heartbeat moves.

    Attributes:
        token: identifies this attempt, and guards every write.
        checkpoint_key: the checkpoint to resume from, or None to begin.
    """

    job: Job
    token: str
    checkpoint_key: str | None


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a heartbeat brings back from the owner.

    Attributes:
        live: False if the job is no longer this worker's because it was cancelled,
            deleted or given to another. Then the other fields mean nothing.
        stop: end now and keep the picture so far.
        pause: hand the job over, so that it waits for its owner.
        recipe: the newest recipe.
        version: how often the recipe or the masks have changed.
    """

    live: bool
    stop: bool = False
    pause: bool = False
    recipe: Recipe | None = None
    version: int = 0


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The lease of a job that is being painted, as the janitor sees it.

    Attributes:
        beat: a counter that every heartbeat increases.
        patience_s: how long it may stand still.
    """

    job_id: str
    token: str
    beat: int
    patience_s: float
    worker: WorkerIdentity
