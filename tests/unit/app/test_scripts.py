"""The modules in static/js: pages name some, these import the others, and browsers may keep them all."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "static" / "js"
MODULES = sorted(FOLDER.rglob("*.js"))
MAX_COMPRESSED = 40_000


def imports(module: Path) -> set[Path]:
    names = re.findall(r'\b(?:from|import) ?\(?"(\.[^"]+)"', module.read_text())
    return {(module.parent / name).resolve() for name in names}


def named_by_pages() -> set[Path]:
    calls = [
        call
        for page in (ROOT / "templates").glob("*.html")
        for call in re.findall(r"{{ scripts\((.*?)\) }}", page.read_text())
    ]
    return {FOLDER / f"{name}.js" for call in calls for name in re.findall(r'"(.*?)"', call)}


def test_every_module_is_there_and_used():
    imported = {module for importer in MODULES for module in imports(importer)}
    assert imported | named_by_pages() == set(MODULES)


def test_the_scripts_are_small():
    assert sum(len(gzip.compress(module.read_bytes())) for module in MODULES) <= MAX_COMPRESSED


def test_what_a_module_imports_may_be_cached_until_it_changes(visitor):
    page = visitor.get("/").text
    written = re.search(r'<script type="importmap"[^>]*>(.*?)</script>', page)[1]
    addresses = json.loads(written)["imports"]
    assert addresses.keys() == {f"/static/{module.relative_to(ROOT / 'static')}" for module in MODULES}
    for address in addresses.values():
        answer = visitor.get(address)
        assert "immutable" in answer.headers["Cache-Control"]
        answer.close()
    # Else the same module would be loaded twice.
    assert set(re.findall(r'<script type="module" src="(.*?)"', page)) <= set(addresses.values())
