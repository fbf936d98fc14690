"""The API's requests, each declared once: its route, what it takes, and what it answers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint
from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict

from app.http.json_body import CLOSED, read_json, read_query
from app.rules.paintings import own_painting

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

View = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a view takes and answers. Requests are checked against it, and OpenAPI describes it.

    Attributes:
        path: as a route of Flask.
        answers: by status, a model, the media types of a file, or None without a body.
        json: the model of the JSON that the view gets as `sent`.
        of: finds what the path names, before the JSON is read, so that strangers get a 404 first.
        query: the model of the query that the view gets as `query`.
        form: the model of a form, which the view reads.
        each: the operations that share this route's `action`, with their summaries.
    """

    method: str
    path: str
    name: str
    summary: str
    answers: Mapping[int, Any]
    json: Any = None
    of: Callable[[str], Any] = own_painting
    query: Any = None
    form: Any = None
    needs_key: bool = True
    each: Mapping[str, str] = field(default_factory=dict)


OPERATIONS: dict[str, Operation] = {}
"""Every operation by its endpoint."""


def operation(method: str, path: str, *, former: str = "", **more: Any) -> Callable[[View], View]:
    """Register a view, which has its summary as docstring; `more` are fields of `Operation`.

    A model is a `TypedDict`, or a dictionary with the types of an object's fields.
    The path of release 1.0, if it was another one, stays undocumented.
    """

    def register(view: View) -> View:
        names = {"name": view.__name__, "summary": (view.__doc__ or "").removesuffix(".")}
        described = Operation(method=method, path=path, **names | more)
        OPERATIONS[f"api.{view.__name__}"] = described
        handler = functools.wraps(view)(_checked(view, described))
        for route in filter(None, (path, former)):
            blueprint.add_url_rule(route, view.__name__, handler, methods=[method])
        return view

    return register


def _checked(view: View, described: Operation) -> View:
    if described.json is not None:
        body = TypeAdapter(model_of(described.json))
        return lambda **ids: view(*[described.of(one) for one in ids.values()], sent=read_json(body))
    if described.query:
        query = TypeAdapter(described.query)
        names = frozenset(described.query.__annotations__)
        return lambda **values: view(query=read_query(query, names), **values)
    return view


def model_of(declared: Any, config: ConfigDict = CLOSED) -> Any:
    """Return a model itself, or the one of an object with these fields."""
    make: Any = TypedDict  # mypy knows only how it is called with literal fields
    return with_config(config)(make("Object", declared)) if isinstance(declared, dict) else declared
