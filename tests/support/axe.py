"""axe-core, fetched once from the npm registry by npm and kept in pytest's cache."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from playwright.sync_api import Page

VERSION = "4.14.1"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})"


def axe_script(folder: Path) -> str:
    """Return the script; without a network the test is skipped, or in CI it fails."""
    package = folder / f"axe-core-{VERSION}.tgz"
    if not package.exists():
        folder.mkdir(parents=True, exist_ok=True)
        npm = Path(sys.executable).with_name("npm")  # requirements/dev.in brings it
        command = [str(npm), "pack", f"axe-core@{VERSION}", "--pack-destination", str(folder)]
        if subprocess.run(command, capture_output=True, timeout=60, check=False).returncode:
            reason = "npm did not bring axe-core"
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    with tarfile.open(package) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


def violations(page: Page, script: str) -> list[str]:
    """List what axe finds wrong with a page, its disclosures open."""
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    page.evaluate(script)
    found = page.evaluate(RUN, TAGS)["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
