"""The studio's password, kept as a hash only: `python -m jobs.password` asks for one and prints its hash.

Without a terminal it reads the password from a pipe, as its first line.

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
MIN_LENGTH = 8


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
    """Ask for a password twice, or read it from a pipe, and print its hash; return the exit status."""
    try:
        password = _ask() if sys.stdin and sys.stdin.isatty() else _read_line()
    except (EOFError, KeyboardInterrupt):
        sys.stderr.write("\nNo password was given.\n")
        return 1
    if password is None:
        sys.stderr.write("The two passwords differ.\n")
        return 1
    if len(password) < MIN_LENGTH:
        sys.stderr.write(f"Choose at least {MIN_LENGTH} characters.\n")
        return 1
    sys.stdout.write(f"PASSWORD_HASH={hash_password(password)}\n")
    return 0


def _ask() -> str | None:
    """Ask at the terminal; return None if the two answers differ."""
    password = getpass.getpass("The studio's password: ")
    if len(password) < MIN_LENGTH:
        return password
    return password if getpass.getpass("Once more: ") == password else None


def _read_line() -> str:
    """Read the first line of what is piped in."""
    try:
        line = sys.stdin.readline() if sys.stdin else ""
    except UnicodeDecodeError as exc:
        raise EOFError from exc
    if not line:
        raise EOFError
    return line.rstrip("\r\n")


if __name__ == "__main__":
    sys.exit(main())
