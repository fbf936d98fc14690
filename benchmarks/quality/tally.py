"""Count what judges chose: `python -m benchmarks.quality.tally KEY VOTES [VOTES …]`.

A file of votes has a line for each comparison, such as `3 left`. A pair goes to the source
with more than half of the votes of all judges, both times that it was shown.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality.blind import Item, read_key

Votes = Mapping[int, str]
"""The side chosen in each comparison, "left" or "right"."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("key", type=Path)
    parser.add_argument("votes", type=Path, nargs="+")
    args = parser.parse_args()
    items = read_key(args.key)
    print(json.dumps(tally(items, [read_votes(path, items) for path in args.votes]), indent=2))


def read_votes(path: Path, items: Sequence[Item]) -> Votes:
    """Read a file of votes; each comparison must be decided once."""
    lines = [line.split() for line in path.read_text().splitlines() if line.strip()]
    votes = {int(number): side for number, side in lines}
    if sorted(votes) != [item.number for item in items] or len(lines) > len(votes):
        raise SystemExit(f"{path}: decide each of the {len(items)} comparisons once.")
    if set(votes.values()) - {"left", "right"}:
        raise SystemExit(f"{path}: each decision is left or right.")
    return votes


def tally(items: Sequence[Item], judges: Sequence[Votes]) -> dict[str, Any]:
    """Count the votes.

    Returns:
        votes: for each pair, how many each source got.
        preferred: for each source, how many pairs it got.
        tied: how many pairs nobody got.
        consistent: the share of judgements that were the same with the sides swapped.
    """
    chosen = [
        (item.pair, getattr(item, votes[item.number]), judge)
        for judge, votes in enumerate(judges)
        for item in items
    ]
    sources = sorted({items[0].left, items[0].right})
    counts = {
        pair: {source: sum(vote[:2] == (pair, source) for vote in chosen) for source in sources}
        for pair in sorted({item.pair for item in items})
    }
    winners = Counter(
        next((source for source, count in votes.items() if 2 * count > sum(votes.values())), None)
        for votes in counts.values()
    )
    repeated = Counter(chosen).values()
    return {
        "judges": len(judges),
        "votes": counts,
        "preferred": {source: winners[source] for source in sources},
        "tied": winners[None],
        "consistent": round(sum(times == 2 for times in repeated) / (len(counts) * len(judges)), 3),
    }


if __name__ == "__main__":
    main()
