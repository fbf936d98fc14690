"""The API: what the pages do, for programs.

A program names its owner by a key, sent as `Authorization: Bearer KEY`; it is
the one in a gallery's private link. Every answer and every error is JSON.
"""

from __future__ import annotations

from app.api import gallery, orders, page, paintings, pictures, queue
from app.api.authentication import blueprint

__all__ = ["blueprint", "gallery", "orders", "page", "paintings", "pictures", "queue"]
