"""JSON Schemas of the documents that people write, derived from the models, for editors and other tools.

The schemas describe single documents. Only the compiler reports problems that appear after layers are merged, such as a
missing image or an override that matches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from sixfold_compiler.model.app import App
from sixfold_compiler.model.fleet import Fleet
from sixfold_compiler.model.release import Release
from sixfold_compiler.model.tombstone import Tombstones

if TYPE_CHECKING:
    from pydantic import BaseModel

    from sixfold_compiler.diagnostics import Json

__all__ = ["SCHEMAS", "PublishedSchema", "schema_of"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class PublishedSchema:
    """A published schema: its file in `docs/schema/`, its identifier (not a URL to load), its title and its model."""

    file: str
    identifier: str
    title: str
    model: type[BaseModel]


SCHEMAS = (
    PublishedSchema("app.schema.json", "https://sixfold.dev/schema/app.json", "Sixfold application manifest", App),
    PublishedSchema("release.schema.json", "https://sixfold.dev/schema/release.json", "Sixfold release file", Release),
    PublishedSchema("fleet.schema.json", "https://sixfold.dev/schema/fleet.json", "Sixfold fleet", Fleet),
    PublishedSchema(
        "tombstones.schema.json", "https://sixfold.dev/schema/tombstones.json", "Sixfold tombstones", Tombstones
    ),
)


class _Generator(GenerateJsonSchema):
    """Pydantic's generator without the titles that it derives from field names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the signature is pydantic's
        return False


def schema_of(published: PublishedSchema) -> dict[str, Json]:
    """Return the JSON Schema of one kind of document as JSON data."""
    schema = _simplified(published.model.model_json_schema(by_alias=True, schema_generator=_Generator))
    head: dict[str, Json] = {"$schema": DIALECT, "$id": published.identifier, "title": published.title}
    return head | {key: value for key, value in schema.items() if key not in head}


def _simplified(schema: dict[str, Json]) -> dict[str, Json]:
    """Simplify a schema for editors: no null defaults, one-line descriptions, and `X or null` as one type."""
    result = {key: _part(value) for key, value in schema.items() if (key, value) != ("default", None)}
    if isinstance(description := result.get("description"), str):
        result["description"] = " ".join(description.split())
    if "patternProperties" in result:
        result["additionalProperties"] = False  # pydantic leaves keys that fit no pattern open
    return _nullable(result)


def _part(value: Json) -> Json:
    if isinstance(value, list):
        return [_part(item) for item in value]
    return _simplified(value) if isinstance(value, dict) else value


def _nullable(schema: dict[str, Json]) -> dict[str, Json]:
    """Merge `anyOf: [X, null]` into one type, if X is a plain type."""
    match schema.get("anyOf"):
        case [dict(choice), {"type": "null", **others}] if not others:
            if not isinstance(choice.get("type"), str) or "const" in choice:
                return schema
            merged = {key: value for key, value in schema.items() if key != "anyOf"} | choice
            merged["type"] = [choice["type"], "null"]
            if isinstance(values := choice.get("enum"), list):
                merged["enum"] = [*values, None]
            return merged
        case _:
            return schema
