"""What each request of the API takes and answers, for its OpenAPI document."""

from __future__ import annotations

from app.api.document.ordering import keys, orders, pictures
from app.api.document.showing import gallery, paintings

__all__ = ["gallery", "keys", "orders", "paintings", "pictures"]
