"""The checkpoint of a painting in a file beside its target, from which `--resume` goes on.

A line of JSON says what the painting is made of, so that another photograph or
other options are noticed; the engine's own checkpoint follows.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engine.atomic import MAX_NAME_BYTES, shortened
from engine.cli.files.targets import write
from engine.errors import CheckpointError
from engine.imaging.decoding import Floats

if TYPE_CHECKING:
    from engine.painting import Checkpoint

SUFFIX = ".checkpoint"
SET_ASIDE_SUFFIX = SUFFIX + ".old"

_VERSION = 1
_MAX_LINE_BYTES = 2**20


class Saved(NamedTuple):
    """What a file holds.

    Attributes:
        checkpoint: the painting.
        notes: where the command line keeps what else belongs to it.
    """

    checkpoint: Checkpoint
    notes: dict[str, str]


class CheckpointFile:
    """The checkpoint beside one target.

    Args:
        target: where the finished picture goes.
        made_of: what the painting is made of: plain JSON values by name.

    Attributes:
        path: the file.
        ours: whether it is of the painting in progress, not of an earlier one.
    """

    def __init__(self, target: Path, made_of: Mapping[str, Any]) -> None:
        self.path = path_for(target)
        self.ours = False
        self._made_of = json.loads(json.dumps(dict(made_of)))

    def load(self) -> Saved | None:
        """Return what was saved; None if nothing was.

        Raises:
            CheckpointError: the file is damaged, or of another painting.
        """
        try:
            with self.path.open("rb") as file:
                line, data = file.readline(_MAX_LINE_BYTES), file.read()
        except FileNotFoundError:
            return None
        except OSError as exc:
            reason = (exc.strerror or str(exc)).lower()
            raise CheckpointError(f"{self.path} cannot be read: {reason}.", code="file-unreadable") from exc
        try:
            head = json.loads(line)
            made_of, notes = head["made_of"], {str(name): str(text) for name, text in head["notes"].items()}
            current = head["version"] == _VERSION and isinstance(made_of, dict)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
            raise self._damaged() from exc
        if not current:
            raise self._damaged()
        self._refuse_another(made_of)
        from engine.painting import Checkpoint  # noqa: PLC0415  (loads TensorFlow)

        saved = Saved(Checkpoint.from_bytes(data), notes)
        self.ours = True
        return saved

    def save(self, checkpoint: Checkpoint, notes: Mapping[str, str]) -> None:
        """Write the checkpoint.

        Raises:
            PasticheError: it cannot be written.
        """
        head = {"version": _VERSION, "made_of": self._made_of, "notes": dict(notes)}
        write(self.path, json.dumps(head).encode() + b"\n" + checkpoint.to_bytes())
        self.ours = True

    def set_aside(self) -> Path | None:
        """Rename an earlier checkpoint, if there is one, so that it is not written over; return its path."""
        other = self.path.with_suffix(SET_ASIDE_SUFFIX)
        try:
            self.path.replace(other)
        except OSError:
            return None
        return other

    def remove(self) -> None:
        """Remove the checkpoint of a finished painting, and the one that was set aside for it."""
        for path in (self.path, self.path.with_suffix(SET_ASIDE_SUFFIX)):
            try:
                path.unlink(missing_ok=True)
            except OSError:
                return

    def _refuse_another(self, made_of: dict[str, Any]) -> None:
        """Refuse what is not made of the same."""
        different = [name for name, value in self._made_of.items() if made_of.get(name) != value]
        if not different:
            return
        recipe, other = self._made_of.get("recipe"), made_of.get("recipe")
        if "recipe" in different and isinstance(recipe, dict) and isinstance(other, dict):
            names = [name for name in recipe if recipe[name] != other.get(name)]
            different[different.index("recipe")] = f"recipe: {', '.join(names)}"
        raise CheckpointError(
            f"{self.path} is of another painting (not the same {'; '.join(different)}), so it cannot go on. "
            "Name the same pictures and options, or leave out --resume to begin again.",
            code="checkpoint-other-painting",
        )

    def _damaged(self) -> CheckpointError:
        return CheckpointError(f"{self.path} is damaged.", code="checkpoint-damaged")


def path_for(target: Path) -> Path:
    """Return the path of the checkpoint of a target."""
    name = shortened(target.name, MAX_NAME_BYTES - len(SET_ASIDE_SUFFIX) - 4)
    return target.with_name(name + SUFFIX)


def exists_for(target: Path) -> bool:
    """Return whether there is a checkpoint of a target."""
    return os.path.lexists(path_for(target))


def digest(picture: Floats | None) -> str | None:
    """Return a short name for the contents of a picture."""
    if picture is None:
        return None
    content = hashlib.blake2b(str(picture.shape).encode(), digest_size=16)
    content.update(np.ascontiguousarray(picture).data)
    return content.hexdigest()
