"""The studio's password, of which only a hash is kept: `python -m jobs.password` asks for one and prints it.

The hash is scrypt's (RFC 7914), as `scrypt:N:r:p:salt:hash`; it has no dollar
sign, which files of settings would take for a variable.
"""

from __future__ import annotations

import getpass
import hashlib
import hmac
import secrets
import sys

_N, _R, _P = 2**14, 8, 1
_MEMORY_BYTES = 64 * 2**20


def hash_password(password: str) -> str:
    """Return what the setting PASSWORD_HASH takes."""
    salt = secrets.token_bytes(16)
    return f"scrypt:{_N}:{_R}:{_P}:{salt.hex()}:{_scrypt(password, salt, _N, _R, _P).hex()}"


def matches(password: str, kept: str) -> bool:
    """Say whether a password is the one that a hash was made of; never true for what is no hash."""
    try:
        kind, n, r, p, salt, known = kept.split(":")
        made = _scrypt(password, bytes.fromhex(salt), int(n), int(r), int(p))
        return kind == "scrypt" and hmac.compare_digest(made, bytes.fromhex(known))
    except ValueError:
        return False


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY_BYTES, dklen=32)


def main() -> int:
    """Ask twice, and print the hash."""
    password = getpass.getpass("The studio's password: ")
    if len(password) < 8:
        sys.stderr.write("Take at least 8 characters.\n")
        return 1
    if getpass.getpass("Once more: ") != password:
        sys.stderr.write("These differ.\n")
        return 1
    sys.stdout.write(f"PASSWORD_HASH={hash_password(password)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
