"""What Schemathesis does not send; named to it in SCHEMATHESIS_HOOKS."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import schemathesis

LONGEST = 3000
"""Of a query. Gunicorn itself refuses request lines of over 4,094 bytes, before the API reads them."""


@schemathesis.hook
def filter_case(_context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Leave out requests whose address is too long to reach the API."""
    return len(urlencode(case.query or {}, doseq=True)) <= LONGEST
