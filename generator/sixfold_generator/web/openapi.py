"""The OpenAPI document of both listeners, built from the same tables as the application.

It holds ports and the version and nothing of the fleet, so the admin port serves it without a token.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler import __version__
from sixfold_generator.plugin.outcomes import OUTCOMES, REFUSED
from sixfold_generator.plugin.query import MAX_DEPTH, UNIT
from sixfold_generator.plugin.reply_cache import SMALL
from sixfold_generator.settings import Settings
from sixfold_generator.web.routes import (
    ADMIN_ERRORS,
    ADMIN_HEADERS,
    GZIP,
    JSON,
    MAX_BODY,
    PATH,
    PLUGIN_HEADERS,
    ROUTES,
    STATUS_HEADERS,
    Route,
)
from sixfold_generator.web.schemas import Schema as Object
from sixfold_generator.web.schemas import schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["document", "render", "write_document"]

ABOUT = f"""\
Two listeners. The *plugin's* has one path, `POST {PATH}`, and needs a token; the *admin* listener has the others, needs
none, and must not be reachable from outside the cluster. Only the listener decides what is answered, never a header.

Every error is a short JSON object with a `message`. A path that is not here gets 404, another method 405 with `Allow`.
A request that is no proper HTTP is refused by the server itself, which then closes the connection.
"""
ASK = f"""\
The request of Argo CD's plugin generator. The answer comes from the adopted snapshot; a request changes nothing, and
the same request about the same snapshot gets the same bytes. A list is empty only where the inventory approves it; any
other empty list is an error, since Argo CD deletes what a list no longer names.

The body is read as JSON whatever its `Content-Type` says: at most {MAX_BODY} bytes and {MAX_DEPTH} levels, without lone
surrogates and numbers that no double holds. Fields beside those named here are ignored, but not in `parameters`.
Without a `unit` it is `{UNIT}`.
"""
EXAMPLES: Mapping[str, Object] = {
    "all of the fleet": {},
    "one team": {"parameters": {"team": "playback", "environment": "prod"}},
    "platform of two clusters": {"parameters": {"unit": "cluster", "cluster": ["dc1-a", "dc1-b"]}},
    "one app": {"parameters": {"unit": "app", "team": "playback", "app": "player"}},
    "objects of one Argo CD": {"parameters": {"unit": "argocd", "instance": "prod"}},
}
LENGTH: Object = {"schema": {"type": "integer", "minimum": 0}}


def write_document(folder: Path) -> Path:
    """Write the document of a service with default settings into `folder` and return its path."""
    path = folder / "generator.openapi.json"
    path.write_bytes(render(Settings(token_files=(Path("token"),))))
    return path


def render(settings: Settings) -> bytes:
    """Return the document as JSON text."""
    return orjson.dumps(document(settings), option=orjson.OPT_INDENT_2) + b"\n"


def document(settings: Settings) -> Object:
    """Build the document of a service with these settings."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sixfold generator", "version": __version__, "description": ABOUT},
        "servers": [{"url": "/", "description": "The admin listener, which this document comes from."}],
        "paths": {PATH: _plugin(settings), **{route.path: _admin(route) for route in ROUTES}},
        "components": {
            "schemas": dict(schemas()),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "One of the tokens that the generator reads from files.",
                }
            },
        },
    }


def _plugin(settings: Settings) -> Object:
    """Describe the path of the plugin's listener."""
    host = {"default": "localhost", "description": "The generator's Service, or where its port is forwarded to."}
    server = {"url": f"http://{{host}}:{settings.port}", "description": "The plugin's listener."}
    meanings: dict[int, list[str]] = {}
    for outcome in OUTCOMES.values():
        if not outcome.elsewhere:
            meanings.setdefault(outcome.status, []).append(outcome.meaning)
    replies = {status: _reply(" ".join(texts), _plugin_headers(status), _error()) for status, texts in meanings.items()}
    replies[200]["content"] = _content({JSON: "Answer"})
    return {
        "servers": [server | {"variables": {"host": host}}],
        "post": {
            "operationId": "getParams",
            "summary": "Parameter sets for an ApplicationSet",
            "description": ASK,
            "security": [{"token": []}],
            "parameters": [
                {
                    "name": "Accept-Encoding",
                    "in": "header",
                    "description": f"gzip is used for answers of {SMALL} bytes or more where it is named.",
                    "schema": {"type": "string"},
                }
            ],
            "requestBody": {
                "required": True,
                "content": {
                    JSON: {
                        "schema": {"$ref": "#/components/schemas/Question"},
                        "examples": {
                            name: {"value": {"applicationSetName": "example", "input": asked}}
                            for name, asked in EXAMPLES.items()
                        },
                    }
                },
            },
            "responses": _with_refusals(replies),
        },
    }


def _admin(route: Route) -> Object:
    """Describe one path of the admin listener."""
    headers = {name: _const(value) for name, value in ADMIN_HEADERS.items()}
    if len(route.content) > 1:
        headers["Vary"] = _const("Accept")
    replies = {status: _reply(text, headers, _content(route.content)) for status, text in route.statuses.items()}
    replies |= {status: _reply(f"{ADMIN_ERRORS[status].capitalize()}.", headers, _error()) for status in (400, 500)}
    full = _with_refusals(replies)
    empty = {status: {k: value for k, value in reply.items() if k != "content"} for status, reply in full.items()}
    shared = {"summary": route.summary, "security": []}
    return {
        "get": shared | {"operationId": route.name, "responses": full},
        "head": shared | {"operationId": f"{route.name}Head", "responses": empty},
    }


def _with_refusals(replies: Mapping[int, Object]) -> dict[str, Object]:
    """Add the replies of gunicorn itself. A status that the application has too promises only the common headers."""
    responses = {str(status): reply for status, reply in replies.items()}
    for status, text in REFUSED.items():
        own = responses.get(str(status), {"description": ""})
        responses[str(status)] = _reply(
            f"{own['description']} {text}".strip(), {"Cache-Control": _const("no-store")}, _error()
        )
    return dict(sorted(responses.items()))


def _plugin_headers(status: int) -> dict[str, Object]:
    headers = {name: _const(value) for name, value in PLUGIN_HEADERS.items()}
    if status == 200:
        name, value = GZIP
        headers[name] = _const(value) | {"required": False}
    elif (extra := STATUS_HEADERS.get(status)) is not None:
        headers[extra[0]] = _const(extra[1])
    return headers


def _reply(description: str, headers: Mapping[str, Object], content: Object) -> Object:
    length = {"Content-Length": LENGTH | {"required": True}}
    return {"description": description, "headers": dict(headers) | length, "content": content}


def _const(value: str) -> Object:
    return {"required": True, "schema": {"type": "string", "const": value}}


def _error() -> Object:
    return _content({JSON: "Error"})


def _content(types: Mapping[str, str]) -> Object:
    return {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}} for kind, name in types.items()}
