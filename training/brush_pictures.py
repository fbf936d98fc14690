"""Paint the pictures by which the studio shows its brushes: each one's own manner, on the library's scene.

`python -m training.brush_pictures --out static/feedforward_styles`
"""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.feedforward.styles import FeedforwardStyles
from engine.imaging import images

SCENE = Path(__file__).parents[1] / "static" / "styles" / "quiet-harbour.webp"
SIDE = 480


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder that the pictures go to")
    parser.add_argument("--brushes", type=Path, help="a network of brushes; left out, the one that ships")
    choices = parser.parse_args()
    choices.out.mkdir(parents=True, exist_ok=True)
    scene = images.read(SCENE, max_side=SIDE).rgb
    feedforward_styles = FeedforwardStyles.load(choices.feedforward_styles)
    for name in feedforward_styles.names:
        painted = feedforward_styles.apply(scene, name, size=SIDE)
        (choices.out / f"{name}.webp").write_bytes(images.encode(painted, "webp", quality=82))
        print(choices.out / f"{name}.webp")


if __name__ == "__main__":
    main()
