"""Train the decoder that drafts any style in one pass.

    python -m training.draft --encoder encoder.npz --photos DIR --paintings DIR --out training/runs/draft

The encoder is frozen, and also computes the losses, since it returns VGG19's features.
With `--vgg19`, VGG19 itself computes them, at several times the cost. Part of each
batch is plain reconstruction, which keeps the photo recognisable.
"""

from __future__ import annotations

import argparse
import copy
from pathlib import Path

import torch
from torch import Tensor

from training import decoder, gatys, pictures, run
from training.student import read
from training.vgg19 import VGG19

COLUMNS = ["rate", "pixels", "content", *(f"style{block}" for block in range(1, 5)), "loss"]


def arguments() -> argparse.Namespace:
    parser = run.parser(__doc__.splitlines()[0])
    parser.add_argument("--encoder", type=Path, required=True, help="npz file of training.distill")
    parser.add_argument("--start-from", type=Path, help="the decoder of another encoder, to start from")
    parser.add_argument("--vgg19", type=Path, help="compute the losses through VGG19, not the encoder")
    parser.add_argument("--styles", type=Path, help="another folder of pictures to learn styles from")
    parser.add_argument(
        "--content-weight",
        type=float,
        default=0.1,
        help="weight of the relative error at relu4_1; the mean of the layers' style losses has weight 1",
    )
    parser.add_argument("--batch", type=int, nargs=2, default=(1, 3), metavar=("PLAIN", "STYLED"))
    return parser.parse_args()


class DecoderTraining:
    """The decoder, and the state of its training."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.device = torch.device(options.device)
        torch.manual_seed(options.seed)
        self.encoder = read(options.encoder).to(self.device).requires_grad_(False)
        self.loss_network = VGG19(options.vgg19).to(self.device) if options.vgg19 else self.encoder
        self.photos = pictures.load(pictures.photographs(options.photos), 640, self.device)
        styles = pictures.paintings(options.paintings)
        styles += sorted(options.styles.glob("*.webp")) if options.styles else []
        self.styles = pictures.load(styles, 1024, self.device)
        model = decoder.read(options.start_from) if options.start_from else decoder.Decoder()
        self.model = model.to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.model)
        self.optimizer = torch.optim.Adam(self.model.parameters(), options.rate, (0.9, 0.99))
        self.step, self.seconds = 0, 0.0
        checkpoint = options.out / "checkpoint.pt"
        if checkpoint.exists():
            saved = torch.load(checkpoint, map_location=self.device, weights_only=True)
            self.model.load_state_dict(saved["model"])
            self.average.load_state_dict(saved["average"])
            self.optimizer.load_state_dict(saved["optimizer"])
            self.step, self.seconds = saved["step"], saved["seconds"]

    def learn(self) -> dict[str, float]:
        """Take one step, and return its losses."""
        chance = pictures.generator(self.options.seed, self.step, 3)
        rate = run.rate_at(self.step, self.options)
        self.optimizer.param_groups[0]["lr"] = rate
        loss, losses = self._loss(*self._batch(chance), chance)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        run.update_average(self.average, self.model, self.step)
        self.step += 1
        return {"rate": rate, **{name: float(value.detach()) for name, value in losses.items()}}

    def save(self) -> None:
        """Write the checkpoint and the decoder."""
        saved = {
            "step": self.step,
            "seconds": self.seconds,
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        run.write_checkpoint(saved, self.options.out / "checkpoint.pt")
        notes = {"steps": self.step, "seconds": round(self.seconds), "seed": self.options.seed}
        decoder.export(self.average, self.encoder, self.options.out / "decoder.npz", notes)

    def _batch(self, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return photographs and styles, each (N, 3, side, side); the styles are for the last photographs."""
        side, (plain, styled) = self.options.side, self.options.batch
        photos = [
            pictures.crop(pictures.pick(self.photos, chance), side, (0.4, 1.0), chance)
            for _ in range(plain + styled)
        ]
        styles = []
        for _ in range(styled):
            # Photographs serve as styles too; from a handful of paintings alone it would overfit.
            source = self.photos if pictures.uniform(0, 1, chance) < 0.3 else self.styles
            styles.append(pictures.crop(pictures.pick(source, chance), side, (0.2, 1.0), chance))
        return torch.stack(photos), torch.stack([pictures.jitter(style, chance) for style in styles])

    def _loss(
        self, photos: Tensor, styles: Tensor, chance: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        plain = self.options.batch[0]
        with torch.no_grad():
            levels = decoder.levels_of(self.encoder, photos)
            wanted = decoder.levels_of(self.encoder, styles)
            transform = (
                decoder.whiten_and_color if pictures.uniform(0, 1, chance) < 0.8 else decoder.match_statistics
            )
            levels = [
                torch.cat([level[:plain], transform(level[plain:], style)])
                for level, style in zip(levels, wanted, strict=True)
            ]
            grams = [gatys.gram(x) for x in self.loss_network(styles)]
            kept = self.loss_network(photos)
        painted = self.model(levels)
        features = self.loss_network(painted)
        pixels = (painted[:plain] - photos[:plain]).square().mean() * 20
        alike = torch.stack(
            [gatys.relative(x[:plain], y[:plain]).mean() for x, y in zip(features, kept, strict=True)]
        )
        content = gatys.relative(features[-1][plain:], kept[-1][plain:]).mean()
        found = [gatys.gram(x[plain:]) for x in features]
        style = torch.stack([gatys.relative(x, y).sqrt().mean() for x, y in zip(found, grams, strict=True)])
        outside = (painted - painted.clamp(0, 1)).square().mean()
        loss = (
            style.mean() + self.options.content_weight * content + pixels + 0.5 * alike.mean() + 10 * outside
        )
        losses = {f"style{block}": value for block, value in enumerate(style, start=1)}
        return loss, losses | {"pixels": pixels, "content": content, "loss": loss}


def main() -> None:
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    run.train(DecoderTraining(options), options, COLUMNS)


if __name__ == "__main__":
    main()
