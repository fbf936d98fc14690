"""Search the files that git tracks for secrets: `python script/find_secrets.py`.

The exit status is 1 if there are any. A comment “not a secret” exempts a line that only looks like one.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

PATTERNS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a cloud key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token of a service": re.compile(
        r"\b(?:gh[pousr]_\w{36}|github_pat_\w{60,}|xox[abprs]-[\w-]{20,}|sk-\w{32,})"
    ),
    # In an example, the password may be “password”, or equal the user.
    "a password in an address": re.compile(
        r"\b[a-z][a-z0-9+]*://([^\s/:@$<{]+):(?!\$|password@|\1@)[^\s/:@$<{]{6,}@"
    ),
    "a signed token": re.compile(r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"),
}
ASSIGNED = re.compile(
    r"""(?i)(?:secret|token|passw(?:or)?d|api_?key)\w*["']?\s*[:=]\s*["']([^"'\s]{16,})["']"""
)
ALLOWED = "not a secret"
_RANDOM_BITS = 3.8
"""Bits per character above which a text is too irregular to be words."""


def secrets_in(text: str) -> list[tuple[int, str]]:
    """Return the number of each suspicious line, and the secret that it seems to contain."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if ALLOWED in line:
            continue
        found += [(number, secret) for secret, pattern in PATTERNS.items() if pattern.search(line)]
        if any(_bits(value) > _RANDOM_BITS for value in ASSIGNED.findall(line)):
            found.append((number, "an assigned secret"))
    return found


def _bits(text: str) -> float:
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def main() -> int:
    """Search every text file that git tracks."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True)  # noqa: S607
    count = 0
    for name in listed.stdout.decode().split("\0")[:-1]:
        try:
            text = Path(name).read_text()
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # a picture, or a file that has just been removed
        for number, secret in secrets_in(text):
            sys.stdout.write(f"{name}:{number}: seems to contain {secret}\n")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
