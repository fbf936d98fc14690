"""A good starting point: fit the student to VGG19 layer by layer, in closed form.

Each convolution of the trunk is fitted by least squares to some channels of the
corresponding layer of VGG19, before their ReLU: the channels from which the others
can best be predicted (as in channel pruning, He et al. 2017, arXiv:1707.06168).
Each tap is fitted to all channels of its layer. Principal components instead of
channels would explain more of a layer, but their ReLU is a different function: the
errors at the start were two to three times as large.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional

from training import gatys
from training.student import SLOPE, Student
from training.vgg19 import TAPS, VGG19

MODELS = {
    "trunk1_1": "block1_conv1",
    "trunk1_2": "block1_conv2",
    "trunk2_1": "block2_conv1",
    "trunk2_2": "block2_conv2",
    "trunk3_1": "block3_conv1",
    "trunk3_2": "block3_conv4",
    "trunk4_1": "block4_conv1",
    "trunk4_2": "block4_conv1",
}
"""The layer of VGG19 that each convolution of the trunk models."""

POSITIONS = 400  # in each picture; about 40,000 equations in all, for at most 1,729 unknowns


@torch.no_grad()
def initialise(
    student: Student, teacher: VGG19, batches: Iterable[Tensor], before: Student | None = None
) -> list[Tensor]:
    """Fit the student to its teacher, and set its scales.

    Args:
        student: changed in place.
        teacher: the network to fit it to.
        batches: each (N, 3, H, W) RGB in [0, 1].
        before: a trained student, in VGG19's own units; all blocks except the last, and their
            taps, are copied from it.

    Returns:
        The mean activation of each channel of the scaled taps above relu1_1.
    """
    images = list(batches)
    wanted = [teacher.linear(batch) for batch in images]
    for layer, name in enumerate(TAPS):
        squares = torch.stack([functional.relu(found[name]).square().mean() for found in wanted])
        student.scales[layer] = squares.mean().sqrt()
    top = f"trunk{len(student.widths)}"
    if before is not None:
        _copy(student, before, except_block=top)
    for name, model in MODELS.items():
        if name not in student.convolutions or (before is not None and not name.startswith(top)):
            continue
        inputs = [student.trunk(batch, until=name)[f"{name}/in"] for batch in images]
        if name == "trunk1_1":
            _fit(student, "tap1", inputs, [found[model] / student.scales[0] for found in wanted])
        _fit(student, name, inputs, _channels(wanted, model, student.convolutions[name].out_channels))
        if name in student.tapped:
            block = 2 + student.tapped.index(name)
            outputs = [functional.leaky_relu(student.convolve(name, x), SLOPE) for x in inputs]
            scale = student.scales[block - 1]
            _fit(student, f"tap{block}", outputs, [found[model] / scale for found in wanted])
    layers = [torch.cat([functional.relu(found[name]) for found in wanted]) for name in TAPS[1:]]
    return gatys.channel_means([x / scale for x, scale in zip(layers, student.scales[1:], strict=True)])


def _copy(student: Student, before: Student, *, except_block: str) -> None:
    """Copy the convolutions of another student, except those of one block and its tap."""
    for name, layer in student.convolutions.items():
        if name.startswith((except_block, except_block.replace("trunk", "tap"))):
            continue
        # Taps return VGG19's layers divided by their scales.
        scale = student.scales[int(name[3:]) - 1] if name.startswith("tap") else 1.0
        layer.weight.copy_(before.convolutions[name].weight / scale)
        layer.bias.copy_(before.convolutions[name].bias / scale)


def _channels(wanted: list[dict[str, Tensor]], layer: str, count: int) -> list[Tensor]:
    """Return the channels of a layer that best predict the others, before their ReLU, scaled alike.

    They are chosen one by one: each time the channel that explains most of what the
    previous ones leave unexplained.
    """
    rows = torch.cat([_rows(functional.relu(found[layer]), 1, seed) for seed, found in enumerate(wanted)])
    units = rows.square().mean(0).sqrt()
    rows = (rows - rows.mean(0)).double()
    unexplained = rows.T @ rows / len(rows)
    chosen: list[int] = []
    for _ in range(count):
        gain = unexplained.square().sum(0) / unexplained.diagonal().clamp_min(1e-9)
        gain[chosen] = -1.0
        best = int(gain.argmax())
        chosen.append(best)
        column = unexplained[:, best].clone()
        unexplained -= torch.outer(column, column) / column[best].clamp_min(1e-9)
    unit = units[chosen].clamp_min(1e-6).view(1, -1, 1, 1)
    return [found[layer][:, chosen] / unit for found in wanted]


def _fit(student: Student, name: str, inputs: list[Tensor], wanted: list[Tensor]) -> None:
    """Fit a convolution by regularised least squares, at some positions of each picture."""
    layer = student.convolutions[name]
    side = layer.kernel_size[0]
    known = torch.cat([_rows(x, side, seed) for seed, x in enumerate(inputs)])
    known = torch.cat([known, torch.ones_like(known[:, :1])], 1).double()
    targets = torch.cat([_rows(x, 1, seed) for seed, x in enumerate(wanted)]).double()
    normal = known.T @ known / len(known)
    normal.diagonal().add_(1e-4 * normal.diagonal().mean())
    solution = torch.linalg.solve(normal, known.T @ targets / len(known)).float()
    layer.weight.copy_(solution[:-1].T.view(layer.weight.shape))
    layer.bias.copy_(solution[-1])


def _rows(x: Tensor, side: int, seed: int) -> Tensor:
    """Return (M, C * side * side): neighbourhoods of random positions, the same in all layers of a size."""
    padded = functional.pad(x, (1, 1, 1, 1), mode="reflect") if side > 1 else x
    x = functional.unfold(padded, side)
    chance = torch.Generator().manual_seed(seed)
    positions = torch.randperm(x.shape[2], generator=chance)[:POSITIONS].to(x.device)
    return x[:, :, positions].transpose(1, 2).flatten(0, 1)
