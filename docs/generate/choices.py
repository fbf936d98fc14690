"""Write the table in docs/using.md: every choice of a recipe, as `engine.recipe` describes it.

python -m docs.generate.choices
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

from engine.recipe import Recipe, knobs

DOCUMENT = Path(__file__).parents[2] / "docs/using.md"
ELSEWHERE = {"feedforward_style": "feedforward apply"}
"""Choices that another command than `paint` takes."""
PLACE = re.compile(r"(<!-- choices: .+ -->\n).*(<!-- end of choices -->)", re.DOTALL)


def main() -> None:
    DOCUMENT.write_text(filled_in(DOCUMENT.read_text()))


def filled_in(text: str) -> str:
    """Return the document with a new table."""
    return PLACE.sub(lambda place: f"{place[1]}{table()}\n{place[2]}", text)


def table() -> str:
    """Return the choices as a Markdown table, with a star at those that may change during painting."""
    defaults = {field.name: field.default for field in dataclasses.fields(Recipe)}
    rows = ["| choice | command line | default | may be | what it is |", "| --- | --- | --- | --- | --- |"]
    for name, knob in knobs().items():
        star = " *" if knob.steerable else ""
        cells = (
            f"{knob.label}{star}",
            f"`{ELSEWHERE.get(name) or '--' + name.replace('_', '-')}`",
            _formatted(defaults[name], knob.unit),
            knob.bounds,
            knob.help,
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join([*rows, "", r"\* may change while the picture is painted."])


def _formatted(value: Any, unit: str) -> str:
    if value in (None, "", ()):
        return "empty"
    number = f"{value:g}" if isinstance(value, (int, float)) else str(value)
    return f"{number} {unit}".strip()


if __name__ == "__main__":
    main()
