"""The API: everything that the pages do, for programs.

A program names its owner with a key, sent as `Authorization: Bearer KEY`. It
is the key in a gallery's private link. Every response and every error is JSON,
except for the pictures themselves.
"""

from __future__ import annotations

from app.api import gallery, orders, page, paintings, pictures, queue
from app.api.authentication import blueprint

__all__ = ["blueprint", "gallery", "orders", "page", "paintings", "pictures", "queue"]
