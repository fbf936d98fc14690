"""The losses of paintings as a CSV file, one row for each step."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.cli.files.targets import unwritable, write
from engine.errors import PasticheError

COLUMNS = ("painting", "step", "content", "style", "total")
"""The painting's file, the number of steps so far, and the losses; content and style are unweighted."""

Row = tuple[int, float, float, float]


class LossLog:
    """The rows of one painting, in a file that may hold those of others.

    Args:
        path: the file.
        painting: the painting's file.

    Raises:
        PasticheError: the file is another, or cannot be read.
    """

    def __init__(self, path: Path, painting: Path) -> None:
        self._path, self._painting = path, str(painting)
        self._others = [row for row in read_rows(path, COLUMNS) if row["painting"] != self._painting]
        self._written = 0

    def update(self, losses: Sequence[Row]) -> None:
        """Write the losses of the steps since the last call, given those of all steps.

        Raises:
            PasticheError: it cannot be written.
        """
        new = [self._row(*values) for values in losses[self._written :]]
        if self._written:
            append_rows(self._path, COLUMNS, new)
        else:
            write_rows(self._path, COLUMNS, [*self._others, *new])
        self._written = len(losses)

    def _row(self, step: int, *losses: float) -> dict[str, object]:
        return dict(zip(COLUMNS, (self._painting, step, *(f"{loss:.6g}" for loss in losses)), strict=True))


def read_rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the complete rows of a CSV file with these columns; none if there is no such file.

    Raises:
        PasticheError: it has other columns, so it is not a log of losses, or it cannot be read.
    """
    try:
        with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
            reader = csv.DictReader(file, strict=False)
            found = tuple(reader.fieldnames or ())
            # The last row is incomplete if the machine went down while it was written.
            rows = [dict(row) for row in reader if None not in row.values() and None not in row]
    except FileNotFoundError:
        return []
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise PasticheError(f"{path} cannot be read: {reason}.", code="file-unreadable") from exc
    except csv.Error:
        found, rows = ("",), []
    if found and found != tuple(columns):
        raise PasticheError(
            f"{path} is no log of losses, so it is left alone; name another file.", code="not-a-log"
        )
    return rows


def write_rows(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """Write a CSV file.

    Raises:
        PasticheError: it cannot be written.
    """
    header = dict(zip(columns, columns, strict=True))
    write(path, _as_csv(columns, [header, *rows]))


def append_rows(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """Add rows to a CSV file.

    Raises:
        PasticheError: it cannot be written.
    """
    try:
        with path.open("ab") as file:
            file.write(_as_csv(columns, rows))
    except OSError as exc:
        raise unwritable(path, exc) from exc


def _as_csv(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.DictWriter(text, columns).writerows(rows)
    return text.getvalue().encode("utf-8", "surrogateescape")
