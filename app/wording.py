"""The sentences of the pages: times, sizes, names and the status of a painting."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.errors import PasticheError
from engine.recipe import knobs
from jobs.job import Event, Job, Queue, Status
from jobs.live import Progress, WorkerNote

_ENDING = re.compile(r"\.(jpe?g|png|webp|avif|gif|heic|tiff?|bmp)$", re.IGNORECASE)
TOO_LATE = "Too late: the painting is already past that point."
STEERED = "The change takes effect at the next step."
UNDO_HINT = "You can undo this for an hour."
NOTHING_CHOSEN = "Nothing is selected. Select some pictures first."
NO_SHARE = "Every style has a share of 0. Give at least one of them more."
UNKNOWN_HOST = "This studio is not configured for that host name."
QUEUE_FULL = "The queue is full, so no more paintings can be added right now."
NO_PAINTER = "No worker is running. Paintings that you start now wait, and begin as soon as one is."

STATUS_SENTENCES = {
    Status.QUEUED: "Waiting",
    Status.PAUSED: "Paused",
    Status.PAINTING: "Painting",
    Status.FINISHED: "Finished",
    Status.STOPPED: "Stopped early and kept",
    Status.CANCELLED: "Cancelled; nothing was kept",
    Status.FAILED: "Could not be painted",
}

NEXT_IN_LINE = "Next in line"
WAITING_TO_BE_KEPT = "Waiting to be saved as it is"
NO_NETWORK = "Waiting for the network that it asks for"
GETTING_READY = "Getting ready to paint"
STOPPING = "Stopping after this step"
PAUSING = "Pausing after this step"

BEGINS_NOW = "It starts in a moment and takes {}."
BEGINS_LATER = "It will probably start in {} and then take {}."
BEGINS_UNKNOWN = "Once painting starts, it takes {}."

ROUGHLY = {
    "moment": "a few seconds",
    "seconds": "about {} seconds",
    "minute": "about a minute",
    "minutes": "about {} minutes",
    "hour": "about an hour",
    "hours": "about {} hours",
}
AGO = {
    "now": "just now",
    "minute": "{} minute ago",
    "minutes": "{} minutes ago",
    "hour": "{} hour ago",
    "hours": "{} hours ago",
}
TITLE_FORMAT = "{}, after {}"
"""A painting's default title: the photo's name, then the styles'."""
AND = " and "
UNTITLED = "Untitled"
MASKS_CHANGED = "Masks changed"
EVENT_SENTENCES = {
    "submitted": "Submitted",
    "claimed": "Painting started",
    "moved": "Moved to place {} in the queue",
    "stop asked for": "You asked to stop and keep it",
    "pause asked for": "You asked to pause",
    "handed over": "Put back in the queue, to continue later",
    "worker lost": "The worker stopped responding; another one continues from the last checkpoint",
    "memory ran short": "Memory ran low; painting continues in smaller tiles, of at most {} px",
    "stopped": "Stopped and kept",
}
"""What happened to a painting, by the name of the event; the other names need no translation."""


class Fault(str):
    """A sentence about something that cannot be accepted, with a code that outlives its wording.

    Attributes:
        code: short kebab-case name of the cause, for pages and tests.
    """

    code: str

    def __new__(cls, code: str, sentence: str) -> Fault:
        """Create a sentence that carries a code."""
        fault = super().__new__(cls, sentence)
        fault.code = code
        return fault

    @classmethod
    def of(cls, error: PasticheError) -> Fault:
        """Return an error's sentence with its code."""
        return cls(error.code, str(error))


def megabytes(size: float) -> str:
    """Format the size of a file, such as "25 MB"."""
    if size < 2**20:
        return f"{max(1, round(size / 2**10))} KB"
    return f"{size / 2**20:.1f} MB".replace(".0 MB", " MB")


def gigabytes(size: float) -> str:
    """Format an amount of memory, such as "9 GB"."""
    return f"{size / 2**30:.0f} GB"


def duration(seconds: float) -> str:
    """Format a duration in its two largest units, such as "2 min 10 s"."""
    total = max(1, round(seconds))
    if total < 60:
        return f"{total} s"
    if total < 3600:
        minutes, rest = divmod(total, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(round(total / 60), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def roughly(seconds: float) -> str:
    """Format a duration as an estimate, such as "about 2 minutes"."""
    if seconds < 8:
        return ROUGHLY["moment"]
    if seconds < 50:
        return ROUGHLY["seconds"].format(5 * round(seconds / 5))
    minutes = round(seconds / 60)
    if minutes < 60:
        return ROUGHLY["minute" if minutes <= 1 else "minutes"].format(minutes)
    hours = round(seconds / 3600)
    return ROUGHLY["hour" if hours <= 1 else "hours"].format(hours)


def day(moment: datetime) -> str:
    """Format a date, such as "22 November 2025"."""
    return f"{moment.day} {moment:%B %Y}"


def ago(moment: datetime, now: datetime | None = None) -> str:
    """Format a time in the past: how long ago it was, or the date after a day."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 60:
        return AGO["now"]
    if seconds < 3600:
        minutes = int(seconds // 60)
        return AGO["minutes" if minutes > 1 else "minute"].format(minutes)
    if seconds < 86_400:
        hours = int(seconds // 3600)
        return AGO["hours" if hours > 1 else "hour"].format(hours)
    return day(moment)


def plain_name(filename: str) -> str:
    """Return a file's name as words, without the ending of a picture and without underscores."""
    stem = _ENDING.sub("", filename)
    # In a name with spaces a hyphen is a hyphen; otherwise it replaces a space.
    gaps = r"[_\s]+" if " " in stem else r"[_\s]+|(?<=\w)-(?=\w)"
    words = " ".join(re.sub(gaps, " ", stem).split())
    return _capital(words[:80]) or UNTITLED


def default_title(photo: str, styles: Sequence[str]) -> str:
    """Name a painting after the files it comes from."""
    names = [plain_name(name) for name in styles]
    after = names[0] if len(names) == 1 else ", ".join(names[:-1]) + AND + names[-1]
    return TITLE_FORMAT.format(plain_name(photo), after)


def deleted_sentence(count: int, title: str = "") -> str:
    """Say that pictures were deleted; name a single one by its title, if it is known."""
    one = f"“{title}”" if title else "1 picture"
    return (
        f"{one if count == 1 else f'{count} pictures'} {'was' if count == 1 else 'were'} deleted. {UNDO_HINT}"
    )


def event_sentence(event: Event) -> str:
    """Return what happened to a painting as a sentence."""
    if event.name == "steered":
        return _steered(json.loads(event.detail))
    words = EVENT_SENTENCES.get(event.name, _capital(event.name))
    return words.format(event.detail)


def _steered(changes: dict[str, Any]) -> str:
    step = changes.pop("step", 0)
    parts = [MASKS_CHANGED] if changes.pop("masks", None) else []
    for name, value in changes.items():
        knob = knobs().get(name)
        if knob:
            numbers = value if isinstance(value, list) else [value]
            written = ", ".join(f"{item:g}" if isinstance(item, float) else str(item) for item in numbers)
            parts.append(f"{knob.label} to {written}{f' {knob.unit}' if knob.unit else ''}")
    return f"{'; '.join(parts) or 'Changed'}, at step {step}"


def file_stem(title: str) -> str:
    """Return a title as a file name that every file system accepts."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60] or "painting"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def status_sentence(
    job: Job, progress: Progress | None, place: int | None, workers: Sequence[WorkerNote]
) -> str:
    """Describe in a few words what is happening to a job."""
    if job.status is Status.QUEUED:
        return _waiting(job, place, workers)
    if job.status is not Status.PAINTING:
        return STATUS_SENTENCES[job.status]
    if job.stop_requested:
        return STOPPING
    if job.pause_requested:
        return PAUSING
    if progress and progress.phase == "loading":
        return GETTING_READY
    return painting_sentence(progress.seconds_left if progress else None)


def painting_sentence(seconds_left: float | None) -> str:
    """Describe a painting in progress, with the time left if it is known."""
    now = STATUS_SENTENCES[Status.PAINTING]
    return now if seconds_left is None else f"{now}, {roughly(seconds_left)} left"


def _waiting(job: Job, place: int | None, workers: Sequence[WorkerNote]) -> str:
    problem = worker_problem(workers)
    if problem:
        return NO_NETWORK
    if job.stop_requested:
        return WAITING_TO_BE_KEPT
    return waiting_sentence((place or 1) - 1)


def waiting_sentence(before: int) -> str:
    """Say how many paintings are ahead of one in the queue."""
    return f"{STATUS_SENTENCES[Status.QUEUED]}, {before} ahead" if before > 0 else NEXT_IN_LINE


def queue_full_for_one(count: int) -> str:
    """Say that a visitor has reached the limit on waiting paintings."""
    waiting = "one painting" if count == 1 else f"{count} paintings"
    return f"You already have {waiting} waiting, which is the limit."


def quota_full(quota_bytes: float) -> str:
    """Say that a visitor's pictures take up all the space one visitor may use."""
    return (
        f"Your pictures take up {megabytes(quota_bytes)}, the most that one visitor can use. "
        "Delete some from the gallery to make room."
    )


def estimate_sentence(
    seconds: float,
    size: tuple[int, int] | None = None,
    memory_bytes: float | None = None,
    before: int = 0,
    *,
    guessed: bool = False,
) -> str:
    """Describe what a painting would take.

    Args:
        seconds: how long the painting takes.
        size: the (height, width) of the picture in pixels, if the photo is known.
        memory_bytes: the memory it needs, if that is a lot.
        before: how many paintings are ahead of it in the queue.
        guessed: whether nothing has been measured on this machine yet.
    """
    parts = [f"Takes {roughly(seconds)}"]
    if size:
        parts.append(size_sentence(*size))
    if memory_bytes:
        parts.append(f"needs {gigabytes(memory_bytes)} of memory")
    if before:
        parts.append(waits_before(before))
    return "; ".join(parts) + (_GUESS if guessed else _ESTIMATE)


_ESTIMATE = ". This is an estimate."
_GUESS = ". This is a guess, since this machine has not been timed yet."


def size_sentence(height: int, width: int) -> str:
    """Say how large a picture will be."""
    return f"the picture will be {width} × {height} pixels"


def waits_before(count: int) -> str:
    """Say how many paintings are ahead of one that has not been ordered yet."""
    return "one painting is ahead of it" if count == 1 else f"{count} paintings are ahead of it"


def worker_problem(workers: Sequence[WorkerNote]) -> str | None:
    """Return what keeps every worker from painting; None if one can paint or none has reported."""
    painters = [note for note in workers if note.queue is Queue.LONG]
    if not painters or any(note.problem is None for note in painters):
        return None
    return painters[0].problem


@dataclass(frozen=True)
class PainterStatus:
    """Whether anything can paint, and which networks do.

    Attributes:
        ready: whether a worker can paint.
        sentence: which network paints, or what is missing.
        networks: the names of the networks that paint.
    """

    ready: bool
    sentence: str
    networks: tuple[str, ...] = ()

    @property
    def built_in(self) -> bool:
        """Whether only the built-in network paints, so that a finer one could be downloaded."""
        return self.networks == ("compact",)


def network_name(backbone: str | None) -> str:
    """Return a network's display name."""
    known = {"compact": "the built-in network", "vgg19": "VGG19", "vgg16": "VGG16"}
    return known.get(backbone or "", f"the instant style “{backbone}”" if backbone else "a network")


def painter_status(workers: Sequence[WorkerNote]) -> PainterStatus:
    """Return which networks paint, or what is missing."""
    painters = [note for note in workers if note.queue is Queue.LONG]
    ready = sorted({note.backbone for note in painters if note.problem is None and note.backbone})
    if ready:
        names = " and ".join(network_name(name) for name in ready)
        return PainterStatus(True, _capital(f"{names} will paint."), tuple(ready))
    problem = worker_problem(workers)
    if problem:
        return PainterStatus(False, problem)
    return PainterStatus(False, NO_PAINTER)
