"""The published JSON Schemas, with the settings of every system of the library in that of the fleet."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from sixfold_compiler.diagnostics import value_at
from sixfold_compiler.engine import library_folder
from sixfold_compiler.model import schema as models
from sixfold_compiler.model.schema import SCHEMAS
from sixfold_compiler.systems.catalog import library_catalog
from sixfold_compiler.systems.settings import FORMS

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics import Json, JsonObject
    from sixfold_compiler.model.schema import PublishedSchema
    from sixfold_compiler.systems.catalog import Catalog

__all__ = ["SCHEMAS", "schema_of"]


def schema_of(published: PublishedSchema) -> dict[str, Json]:
    """Return the JSON Schema of one kind of document as JSON data."""
    schema = models.schema_of(published)
    definitions = schema.get("$defs")
    if published.file != "fleet.schema.json" or not isinstance(definitions, dict):
        return schema
    catalog = library_catalog(library_folder())
    slots = {name: _slot(catalog, name) for name in catalog.slots}
    added: dict[str, Json] = {
        f"{slot}.{name}": {
            "description": f"{system.about.title}: {system.about.description}.",
            **{key: _expanded(value) for key, value in system.about.settings.items()},
        }
        for slot, systems in catalog.systems.items()
        for name, system in systems.items()
    }
    added["Systems"] = {
        "description": "Systems by slot, which a place adds to those of the place around it; null removes one.",
        "type": "object",
        "additionalProperties": False,
        "properties": slots,
    }
    added["Platform"] = _with_fields(definitions["Platform"], slots) | {"additionalProperties": False}
    for name in ("Environment", "DataCenter"):
        described = value_at(definitions, (name, "properties", "platform", "description"))
        field: Json = {"description": described, "anyOf": [{"$ref": "#/$defs/Systems"}, {"type": "null"}]}
        added[name] = _with_fields(definitions[name], {"platform": field})
    return {**schema, "$defs": {**definitions, **added}}


def _with_fields(record: Json, fields: JsonObject) -> dict[str, Json]:
    """Return the schema of a record with fields added or replaced, in their order."""
    assert isinstance(record, dict)  # noqa: S101 - the models have these records
    properties = value_at(record, ("properties",))
    return {**record, "properties": {**(properties if isinstance(properties, dict) else {}), **fields}}


def _slot(catalog: Catalog, name: str) -> dict[str, Json]:
    """Return the schema of a slot: the library's systems by name, and a fleet's own with settings of any form."""
    slot = catalog.slots[name]
    systems: dict[str, Json] = {
        system: {
            "description": value.about.description,
            "anyOf": [{"$ref": f"#/$defs/{name}.{system}"}, {"type": "null"}],
        }
        for system, value in catalog.systems[name].items()
    }
    schema: dict[str, Json] = {
        "description": slot.description,
        "type": ["object", "null"],
        "additionalProperties": {"type": ["object", "null"]},
        "properties": systems,
    }
    return schema if slot.most is None else {**schema, "maxProperties": slot.most}


def _expanded(schema: Json) -> Json:
    """Return a schema of settings with each form of the fleet's texts written out, so that every editor checks it."""
    if isinstance(schema, list):
        return [_expanded(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    form = schema.get("format")
    if isinstance(form, str) and form in FORMS:
        kept = {key: value for key, value in schema.items() if key in ("description", "default")}
        return kept | _form(form)
    return {key: _expanded(value) for key, value in schema.items()}


@cache
def _form(name: str) -> dict[str, Json]:
    return TypeAdapter(FORMS[name]).json_schema()
