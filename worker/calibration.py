"""Measure what painting costs on a device that has painted nothing, so that first estimates are honest."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from engine.backbones.memory import return_freed_memory
from engine.recipe import Recipe
from jobs.store import JobStore
from worker.cost_record import device_name
from worker.networks import Networks

_log = structlog.get_logger(__name__)


def calibrate(
    networks: Networks,
    store: JobStore,
    *,
    is_interrupted: Callable[[], bool],
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Open the usual network and time a few steps with it, unless this device has been measured before.

    Args:
        networks: opens the network, which measures first which precision is faster.
        store: keeps the rates.
        is_interrupted: whether to give up, since somebody waits for this process.
        clock: monotonic seconds.

    Returns:
        Whether the rates are known now.

    Raises:
        WeightsError: the network's weights are missing or damaged.
    """
    from worker.trial import measure_steps  # noqa: PLC0415  (TensorFlow, in the child only)

    backbone = networks.backbone(Recipe())
    device = device_name()
    if store.costs.is_measured(device):
        return True
    sample = measure_steps(backbone, is_interrupted, clock)
    if sample is None:
        return False
    store.costs.record_trial(device, sample)
    _log.info("calibrated", device=device, network=sample.key, seconds=round(sample.seconds, 1))
    return_freed_memory()
    return True
