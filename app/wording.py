"""How the studio says things: times, sizes, names, and where a painting stands."""

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
TOO_LATE = "That came too late: the painting had moved on."
FOLLOWS = "The painter follows at its next step."
UNDO = "For an hour that can be undone."
NOTHING_CHOSEN = "Nothing was chosen; choose the pictures first."
NO_SHARE = "Every style's share is 0; give at least one more."
UNKNOWN_HOST = "This studio does not answer to that name."
QUEUE_FULL = "So many paintings wait already that no more are taken."
NOBODY_PAINTS = "No painter is at work just now: what you start waits and is painted when one comes."

STANDS = {
    Status.QUEUED: "Waiting",
    Status.PAUSED: "Paused",
    Status.PAINTING: "Painting",
    Status.FINISHED: "Finished",
    Status.STOPPED: "Stopped early and kept",
    Status.CANCELLED: "Cancelled; nothing was kept",
    Status.FAILED: "Could not be painted",
}

NEXT_IN_LINE = "Next in line"
TO_BE_KEPT = "Waiting to be kept as it is"
NO_NETWORK = "Waiting for a network that can paint"
GETTING_READY = "The painter is getting ready"
STOPPING = "Stopping after this step"
PAUSING = "Pausing after this step"

BEGINS_NOW = "It begins in a moment and takes {}."
BEGINS_LATER = "It probably begins in {} and then takes {}."
BEGINS_SOME_DAY = "Once a painter is at work, it takes {}."

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
AFTER = "{}, after {}"
"""A painting's title, made of the photo's and of the styles'."""
AND = " and "
UNTITLED = "Untitled"
MASKS_CHANGED = "Masks changed"
HAPPENED = {
    "submitted": "Ordered",
    "claimed": "A painter took it up",
    "moved": "Moved in the queue, to place {}",
    "stop asked for": "You asked to stop and keep it",
    "pause asked for": "You asked to pause",
    "handed over": "The painter put it back, to go on later",
    "worker lost": "The painter was lost; another goes on from the last checkpoint",
    "memory ran short": "Memory ran short; it goes on in smaller tiles, of at most {} px",
    "stopped": "Stopped and kept",
}
"""What happened to a painting, by the kind of the event; other kinds are words already."""


class Fault(str):
    """A sentence about what cannot be taken, with a code that stays when it is reworded.

    Attributes:
        code: short kebab-case name of the cause, for pages and tests.
    """

    code: str

    def __new__(cls, code: str, sentence: str) -> Fault:
        """Join a code and a sentence."""
        fault = super().__new__(cls, sentence)
        fault.code = code
        return fault

    @classmethod
    def of(cls, error: PasticheError) -> Fault:
        """Return the sentence and the code of an error."""
        return cls(error.code, str(error))


def megabytes(size: float) -> str:
    """Say a size of a file, as "25 MB"."""
    if size < 2**20:
        return f"{max(1, round(size / 2**10))} KB"
    return f"{size / 2**20:.1f} MB".replace(".0 MB", " MB")


def gigabytes(size: float) -> str:
    """Say an amount of memory, as "9 GB"."""
    return f"{size / 2**30:.0f} GB"


def duration(seconds: float) -> str:
    """Say a span of time in its two largest units, as "2 min 10 s"."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(round(whole / 60), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def roughly(seconds: float) -> str:
    """Say a span of time as people estimate, as "about 2 minutes"."""
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
    """Say a date, as "22 November 2025"."""
    return f"{moment.day} {moment:%B %Y}"


def ago(moment: datetime, now: datetime | None = None) -> str:
    """Say when something was, near times by how long ago."""
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
    """Return a file's name as words: no ending of a picture, no underscores."""
    stem = _ENDING.sub("", filename)
    # Where there are spaces, a hyphen is one and does not stand in for a space.
    gaps = r"[_\s]+" if " " in stem else r"[_\s]+|(?<=\w)-(?=\w)"
    words = " ".join(re.sub(gaps, " ", stem).split())
    return _capital(words[:80]) or UNTITLED


def made_title(photo: str, styles: Sequence[str]) -> str:
    """Name a painting after the files it comes from."""
    names = [plain_name(name) for name in styles]
    after = names[0] if len(names) == 1 else ", ".join(names[:-1]) + AND + names[-1]
    return AFTER.format(plain_name(photo), after)


def deleted(count: int, title: str = "") -> str:
    """Say that pictures were taken down; one by its title, if that is known."""
    one = f"“{title}”" if title else "1 picture"
    return f"{one if count == 1 else f'{count} pictures'} {'was' if count == 1 else 'were'} deleted. {UNDO}"


def told(event: Event) -> str:
    """Say what happened to a painting."""
    if event.name == "steered":
        return _steered(json.loads(event.detail))
    words = HAPPENED.get(event.name, _capital(event.name))
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
    return f"{'; '.join(parts) or 'Steered'}, at step {step}"


def file_stem(title: str) -> str:
    """Return a title as a name that every file system takes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60] or "painting"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def where_it_stands(
    job: Job, progress: Progress | None, place: int | None, workers: Sequence[WorkerNote]
) -> str:
    """Say in a few words what is happening to a job now."""
    if job.status is Status.QUEUED:
        return _waiting(job, place, workers)
    if job.status is not Status.PAINTING:
        return STANDS[job.status]
    if job.stop_requested:
        return STOPPING
    if job.pause_requested:
        return PAUSING
    if progress and progress.phase == "loading":
        return GETTING_READY
    return painting(progress.seconds_left if progress else None)


def painting(seconds_left: float | None) -> str:
    """Say that it is being painted, and for how long still."""
    now = STANDS[Status.PAINTING]
    return now if seconds_left is None else f"{now}, {roughly(seconds_left)} left"


def _waiting(job: Job, place: int | None, workers: Sequence[WorkerNote]) -> str:
    problem = why_nobody_paints(workers)
    if problem:
        return NO_NETWORK
    if job.stop_requested:
        return TO_BE_KEPT
    return waiting((place or 1) - 1)


def waiting(before: int) -> str:
    """Say how many paintings go before one."""
    return f"{STANDS[Status.QUEUED]}, {before} before it" if before > 0 else NEXT_IN_LINE


def queue_full_for_one(count: int) -> str:
    """Say that a visitor has as many paintings waiting as may."""
    waits = "One of your paintings waits" if count == 1 else f"{count} of your paintings wait"
    return f"{waits} already, as many as may."


def quota_full(quota_bytes: float) -> str:
    """Say that a visitor's pictures take up all the room that one visitor may have."""
    return (
        f"Your pictures take up {megabytes(quota_bytes)}, all that one visitor may have; "
        "delete some from the gallery to make room."
    )


def estimated(
    seconds: float,
    size: tuple[int, int] | None = None,
    memory_bytes: float | None = None,
    before: int = 0,
    *,
    guessed: bool = False,
) -> str:
    """Say what an order would take.

    Args:
        seconds: how long painting takes.
        size: the (height, width) that the picture gets, where the photo is known.
        memory_bytes: what painting needs, where that is much.
        before: how many paintings wait before it.
        guessed: whether nothing has been measured on this machine yet.
    """
    parts = [f"Takes {roughly(seconds)}"]
    if size:
        parts.append(becomes(*size))
    if memory_bytes:
        parts.append(f"needs {gigabytes(memory_bytes)} of memory")
    if before:
        parts.append(waits_before(before))
    return "; ".join(parts) + (_GUESS if guessed else _ESTIMATE)


_ESTIMATE = ". An estimate."
_GUESS = ". A guess: this machine has not been timed yet."


def becomes(height: int, width: int) -> str:
    """Say how large a picture becomes."""
    return f"becomes {width} × {height} pixels"


def waits_before(count: int) -> str:
    """Say how many paintings wait before one that is not ordered yet."""
    return "one painting waits before it" if count == 1 else f"{count} paintings wait before it"


def why_nobody_paints(workers: Sequence[WorkerNote]) -> str | None:
    """Return what keeps every worker from painting, or None when one can paint or none has spoken."""
    painters = [note for note in workers if note.queue is Queue.LONG]
    if not painters or any(note.problem is None for note in painters):
        return None
    return painters[0].problem


@dataclass(frozen=True)
class PainterStatus:
    """Who will paint.

    Attributes:
        ready: whether anybody does.
        sentence: who, or what is missing.
        networks: the names of the networks that do.
    """

    ready: bool
    sentence: str
    networks: tuple[str, ...] = ()

    @property
    def built_in(self) -> bool:
        """Whether only the network that comes with the studio does, so that a finer one could be had."""
        return self.networks == ("compact",)


def network_name(backbone: str | None) -> str:
    """Say a network's name as people know it."""
    known = {"compact": "the built-in network", "vgg19": "VGG19", "vgg16": "VGG16"}
    return known.get(backbone or "", f"the brush “{backbone}”" if backbone else "a network")


def who_paints(workers: Sequence[WorkerNote]) -> PainterStatus:
    """Say which network will paint, or what is missing."""
    painters = [note for note in workers if note.queue is Queue.LONG]
    ready = sorted({note.backbone for note in painters if note.problem is None and note.backbone})
    if ready:
        names = " and ".join(network_name(name) for name in ready)
        return PainterStatus(True, _capital(f"{names} will paint."), tuple(ready))
    problem = why_nobody_paints(workers)
    if problem:
        return PainterStatus(False, problem)
    return PainterStatus(False, NOBODY_PAINTS)
