"""Paint the studio's pictures of its instant styles: the library's scene in each of them.

`python -m training.feedforward_pictures --out static/brushes`
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
    parser.add_argument("--out", type=Path, required=True, help="a folder for the pictures")
    parser.add_argument("--network", type=Path, help="a trained network (default: the built-in one)")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    scene = images.read(SCENE, max_side=SIDE).rgb
    styles = FeedforwardStyles.load(options.network)
    for name in styles.names:
        painted = styles.apply(scene, name, size=SIDE)
        (options.out / f"{name}.webp").write_bytes(images.encode(painted, "webp", quality=82))
        print(options.out / f"{name}.webp")


if __name__ == "__main__":
    main()
