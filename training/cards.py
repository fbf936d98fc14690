"""Write the parameter counts, sizes and checksums of the built-in networks into `docs/models.md`.

python -m training.cards
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
PRETRAINED = ROOT / "engine" / "pretrained"
CARDS = ROOT / "docs" / "models.md"


def main() -> None:
    text = CARDS.read_text()
    for path in sorted(PRETRAINED.glob("*.npz")):
        with np.load(path, allow_pickle=False) as arrays:
            parameters = sum(arrays[name].size for name in arrays.files if name != "metadata")
        data = path.read_bytes()
        facts = f"{parameters:,} | {len(data):,} | `{hashlib.sha256(data).hexdigest()}`"
        row = re.compile(rf"^(\| `{re.escape(path.name)}` \| [^|]+ \| ).*( \|)$", re.MULTILINE)
        text, replaced = row.subn(rf"\g<1>{facts}\g<2>", text)
        if not replaced:
            raise SystemExit(f"docs/models.md has no row for {path.name}.")
        print(f"{path.name}: {facts}")
    CARDS.write_text(text)


if __name__ == "__main__":
    main()
