"""The studio's password, kept as a hash only: `python -m jobs.password` asks for one and prints its hash.

The hash is scrypt's (RFC 7914), written as `scrypt:N:r:p:salt:hash`. It has no
dollar sign, because env files would read that as a variable.
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
    """Return the hash of a password, as PASSWORD_HASH has it."""
    salt = secrets.token_bytes(16)
    return f"scrypt:{_N}:{_R}:{_P}:{salt.hex()}:{_scrypt(password, salt, _N, _R, _P).hex()}"


def matches(password: str, password_hash: str) -> bool:
    """Return whether a password has this hash; False if it is not a hash at all."""
    try:
        scheme, n, r, p, salt, digest = password_hash.split(":")
        computed = _scrypt(password, bytes.fromhex(salt), int(n), int(r), int(p))
        return scheme == "scrypt" and hmac.compare_digest(computed, bytes.fromhex(digest))
    except ValueError:
        return False


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY_BYTES, dklen=32)


def main() -> int:
    """Ask for a password twice and print its hash; return the exit status."""
    password = getpass.getpass("The studio's password: ")
    if len(password) < 8:
        sys.stderr.write("Choose at least 8 characters.\n")
        return 1
    if getpass.getpass("Once more: ") != password:
        sys.stderr.write("The two passwords differ.\n")
        return 1
    sys.stdout.write(f"PASSWORD_HASH={hash_password(password)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
