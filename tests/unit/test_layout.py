"""The layout of the packages that `docs/architecture.md` draws; import-linter holds their order."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_MODULES = 12
PACKAGES = sorted(
    str(folder.relative_to(ROOT))
    for top in ("engine", "app")
    for folder in [ROOT / top, *(ROOT / top).rglob("*")]
    if (folder / "__init__.py").exists()
)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_has_more_than_a_dozen_modules(package: str) -> None:
    modules = [path.name for path in (ROOT / package).glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MAX_MODULES


def test_the_packages_are_drawn_in_the_architecture() -> None:
    drawn = (ROOT / "docs" / "architecture.md").read_text()
    names = {package.split("/")[1] for package in PACKAGES if package.count("/") == 1}
    assert {name for name in names if f"`{name}" not in drawn and f"{name}/" not in drawn} == set()
