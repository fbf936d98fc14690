"""Asks whether known weaknesses concern what is locked; says so where the answer cannot be had.

`python script/audit.py requirements.txt …`; exit status 1 if there is one.
"""

from __future__ import annotations

import json
import subprocess
import sys

_PATIENCE_S = 180


def main() -> int:
    """Ask for each file, and print what concerns it."""
    status = 0
    for name in sys.argv[1:]:
        answer = _ask(name)
        if answer is None:
            sys.stdout.write(f"pip-audit: {name} skipped, its source cannot be reached from here\n")
            continue
        for package in answer:
            for weakness in package.get("vulns", []):
                sys.stdout.write(f"{name}: {package['name']} {package['version']}: {weakness['id']}\n")
                status = 1
    return status


def _ask(name: str) -> list[dict] | None:
    command = [sys.executable, "-m", "pip_audit", "--requirement", name, "--no-deps", "--disable-pip"]
    try:
        done = subprocess.run(  # noqa: S603 -- our own arguments
            [*command, "--format", "json", "--progress-spinner", "off"],
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, subprocess.TimeoutExpired):
        return None
    return packages if any("vulns" in package for package in packages) else None


if __name__ == "__main__":
    sys.exit(main())
