"""What all training runs share: a table of losses, checkpoints, and a clean stop."""

from __future__ import annotations

import argparse
import csv
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import torch

from engine.atomic import atomic_write

ROW_EVERY = 20


class Training(Protocol):
    """A training that proceeds step by step."""

    step: int
    seconds: float

    def learn(self) -> dict[str, float]:
        """Take one step, and return its losses."""

    def save(self) -> None:
        """Write the checkpoint, and the network in its final format."""


def parser(description: str) -> argparse.ArgumentParser:
    """Return an argument parser with the options that all runs share."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--photos", type=Path, required=True, help="folder of photographs")
    options.add_argument("--paintings", type=Path, required=True, help="folder of paintings")
    options.add_argument("--out", type=Path, required=True, help="folder for checkpoint, losses and network")
    options.add_argument("--steps", type=int, default=1_000_000)
    options.add_argument("--minutes", type=float, default=1e9, help="stop after this time, and save")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--side", type=int, default=128, help="side of the crops in pixels")
    options.add_argument("--rate", type=float, default=2e-3)
    options.add_argument("--decay-from", type=int, help="step from which the learning rate falls to zero")
    options.add_argument("--checkpoint-every", type=float, default=180.0, help="seconds between checkpoints")
    options.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return options


def rate_at(step: int, options: argparse.Namespace) -> float:
    """Return the learning rate: it rises at first, then falls slowly, and to zero at the end."""
    rate = options.rate * min(1.0, (step + 1) / 100) / (1 + step / 3000) ** 0.5
    if options.decay_from is not None and step > options.decay_from:
        rate *= max(0.0, (options.steps - step) / (options.steps - options.decay_from))
    return float(rate)


def update_average(average: torch.nn.Module, model: torch.nn.Module, step: int) -> None:
    """Move a running mean of the weights towards the present ones, quickly at first."""
    keep = min(0.999, (1 + step) / (10 + step))
    with torch.no_grad():
        for mean, value in zip(average.parameters(), model.parameters(), strict=True):
            mean.lerp_(value, 1 - keep)


def write_checkpoint(saved: dict[str, Any], path: Path) -> None:
    """Write a checkpoint so that the file is always either the old one or the new one."""
    with atomic_write(path) as file:
        torch.save(saved, file)


def train(training: Training, options: argparse.Namespace, columns: Sequence[str]) -> None:
    """Train until the steps or the minutes are used up, or a signal asks to stop."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    print(f"at step {training.step}", flush=True)
    table = options.out / "losses.csv"
    rows = list(csv.DictReader(table.open())) if table.exists() else []
    started = before = saved = time.monotonic()
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["step", "seconds", *columns], extrasaction="ignore")
        writer.writeheader()
        # Steps after the last checkpoint of a crashed run are repeated.
        writer.writerows(row for row in rows if int(row["step"]) <= training.step)
        file.flush()
        recent: list[dict[str, float]] = []
        while training.step < options.steps and not stop.is_set():
            recent.append(training.learn())
            now = time.monotonic()
            training.seconds, before = training.seconds + now - before, now
            if training.step % ROW_EVERY == 0:
                head = {"step": training.step, "seconds": f"{training.seconds:.0f}"}
                writer.writerow(head | _means(recent, columns))
                file.flush()
                recent = []
            if now - saved > options.checkpoint_every:
                training.save()
                saved = now
            if now - started > 60 * options.minutes:
                break
    training.save()


def _means(recent: list[dict[str, float]], columns: Sequence[str]) -> dict[str, str]:
    """Average each loss over the steps that had it."""
    values_of = {name: [row[name] for row in recent if name in row] for name in columns}
    return {name: f"{sum(values) / len(values):.5g}" for name, values in values_of.items() if values}
