"""The key to a gallery: in its private link, and what programs send."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer

from app.studio import studio


def key_of(owner: str) -> str:
    """Write an owner as a key that cannot be made up."""
    return str(_signer().dumps(owner))


def owner_of(key: str) -> str | None:
    """Return the owner that a key stands for; None if it is none of ours."""
    try:
        return str(_signer().loads(key))
    except BadSignature:
        return None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(studio().settings.load_secret_key(), salt="gallery")
