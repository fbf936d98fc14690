"""The key to a gallery: part of its private link, and what programs send.

A key names the owner of the gallery, and how often the owner had revoked keys
when it was made. Keys from before the last revocation no longer work.
"""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer

from app.services.services import current_services


def key_of(owner: str) -> str:
    """Return the signed key to an owner's gallery."""
    serial = current_services().store.owners.key_serial(owner)
    return str(_signer().dumps([owner, serial] if serial else owner))


def owner_of(key: str) -> str | None:
    """Return the owner that a key belongs to; None if it is forged or revoked."""
    try:
        payload = _signer().loads(key)
    except BadSignature:
        return None
    owner, serial = payload if isinstance(payload, list) else (payload, 0)
    return str(owner) if current_services().store.owners.key_serial(str(owner)) == serial else None


def _signer() -> URLSafeSerializer:
    settings = current_services().settings
    # The last key signs; all of them are accepted.
    secrets = [*reversed(settings.secret_key_fallbacks), settings.load_secret_key()]
    return URLSafeSerializer(secrets, salt="gallery")
