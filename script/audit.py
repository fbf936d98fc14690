"""Check the locked packages for known vulnerabilities.

`python script/audit.py requirements.txt …`; exit status 1 if a package has one.
A file is skipped if the source of reports cannot be reached.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

_TIMEOUT_S = 180


def main() -> int:
    """Check each file, and print the vulnerabilities."""
    status = 0
    for name in sys.argv[1:]:
        report = _report(name)
        if report is None:
            sys.stdout.write(f"pip-audit: {name} skipped, since its source of reports cannot be reached\n")
            continue
        for package in report:
            for vulnerability in package.get("vulns", []):
                sys.stdout.write(f"{name}: {package['name']} {package['version']}: {vulnerability['id']}\n")
                status = 1
    return status


def _report(name: str) -> list[dict[str, Any]] | None:
    command = [sys.executable, "-m", "pip_audit", "--requirement", name, "--no-deps", "--disable-pip"]
    try:
        done = subprocess.run(  # noqa: S603 -- our own arguments
            [*command, "--format", "json", "--progress-spinner", "off"],
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, subprocess.TimeoutExpired):
        return None
    return packages if any("vulns" in package for package in packages) else None


if __name__ == "__main__":
    sys.exit(main())
