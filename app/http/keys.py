"""The key to a gallery: in its private link, and what programs send.

It says whose gallery it opens and how often the owner had taken keys back
when it was made: those that were made before the last time open nothing.
"""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer

from app.services.services import services


def key_of(owner: str) -> str:
    """Write an owner as a key that cannot be made up."""
    serial = services().store.key_serial(owner)
    return str(_signer().dumps([owner, serial] if serial else owner))


def owner_of(key: str) -> str | None:
    """Return the owner that a key stands for; None if it is none of ours, or was taken back."""
    try:
        said = _signer().loads(key)
    except BadSignature:
        return None
    owner, serial = said if isinstance(said, list) else (said, 0)
    return str(owner) if services().store.key_serial(str(owner)) == serial else None


def _signer() -> URLSafeSerializer:
    settings = services().settings
    # The last one signs; all of them are believed.
    known = [*reversed(settings.secret_key_fallbacks), settings.load_secret_key()]
    return URLSafeSerializer(known, salt="gallery")
