"""The requests and responses of the API, for its OpenAPI document."""

from __future__ import annotations

from app.api.document.ordering import keys, orders, pictures
from app.api.document.paintings import gallery, paintings

__all__ = ["gallery", "keys", "orders", "paintings", "pictures"]
