"""The API: everything that the pages do, for programs.

A program names its owner with a key, sent as `Authorization: Bearer KEY`. It
is the key in a gallery's private link. Every response and every error is JSON,
except for the pictures themselves.
"""

from __future__ import annotations

from app.api import authentication, gallery, orders, page, paintings, pictures, queue
from app.api.operations import blueprint

__all__ = ["authentication", "blueprint", "gallery", "orders", "page", "paintings", "pictures", "queue"]
