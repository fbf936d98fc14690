"""docker-compose.yml as Compose would read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from tests.support.stack import ROOT

_VARIABLE = re.compile(r"\$\{(\w+):-((?:[^{}]|\$\{\w+:-[^{}]*\})*)\}")


def compose(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the file's content, merged, with what .env says, or the default, for every variable."""
    content: dict[str, Any] = _filled(
        yaml.safe_load((ROOT / "docker-compose.yml").read_text()), environ or {}
    )
    return content


def _filled(node: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {name: _filled(value, environ) for name, value in node.items()}
    if isinstance(node, list):
        return [_filled(item, environ) for item in node]
    if not isinstance(node, str):
        return node
    for _ in range(2):  # a default may itself have a variable
        node = _VARIABLE.sub(lambda found: environ.get(found[1]) or found[2], node)
    return node
