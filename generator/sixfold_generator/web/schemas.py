"""JSON Schemas of requests and replies, for the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from sixfold_compiler.model.names import BOOTSTRAP
from sixfold_generator.plugin.query import NAME, UNITS, Json, Question
from sixfold_generator.service.health import HealthDocument, Readiness
from sixfold_generator.web.routes import MAX_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Schema", "schemas"]

Schema = dict[str, Json]

PLACE = "#/components/schemas/"
TEXT: Schema = {"type": "string"}
LABEL: Schema = {"type": "string", "pattern": f"^{NAME}$"}


class _Generator(GenerateJsonSchema):
    """Pydantic's schemas without the titles that it makes up from the names of fields."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's signature
        """Return False for every field."""
        return False


def schemas() -> Mapping[str, Schema]:
    """Return every schema by its name under `components/schemas`; they refer to each other by `$ref`."""
    _, models = TypeAdapter.json_schemas(
        [
            ("Question", "validation", TypeAdapter(Question)),
            ("HealthDocument", "serialization", TypeAdapter(HealthDocument)),
            ("Readiness", "serialization", TypeAdapter(Readiness)),
        ],
        ref_template=f"{PLACE}{{model}}",
        schema_generator=_Generator,
    )
    sets = [{"$ref": f"{PLACE}{unit.capitalize()}Set"} for unit in UNITS]
    return {
        **models["$defs"],
        "Answer": _record({"output": _record({"parameters": _list({"anyOf": sets})})}),
        **{f"{unit.capitalize()}Set": _set(unit) for unit in UNITS},
        "Error": _record({"message": {"type": "string", "minLength": 1, "maxLength": MAX_MESSAGE}}),
        "Live": _record({"status": {"const": "live"}}),
        "Page": {"type": "string", "description": "The same for people, as HTML."},
        "Metrics": {"type": "string", "description": "Prometheus' text format."},
        "OpenAPI": {
            "type": "object",
            "required": ["openapi", "info", "paths"],
            "properties": {"openapi": {"type": "string", "pattern": r"^3\.1\.[0-9]+$"}},
        },
    }


def _set(unit: str) -> Schema:
    """Describe a parameter set. Every leaf is a string: Argo CD's templates would reformat numbers."""
    if unit == "argocd":
        return _record(
            {
                "name": {"const": BOOTSTRAP, "description": "The Application's name, in each instance."},
                "unit": {"const": unit},
                "team": LABEL,
                "instance": LABEL,
                "project": {"const": BOOTSTRAP},
                "revision": TEXT | {"description": "The commit that last changed this folder; a branch, outside git."},
                "repoURL": TEXT,
                "path": TEXT | {"description": "The folder in the repository."},
                "include": TEXT | {"description": "Which files of it, as Argo CD's `directory.include`."},
            }
        )
    own: dict[str, Schema] = {
        "name": LABEL | {"description": "Unique in the fleet: the Application's name."},
        "unit": {"const": unit},
        "team": LABEL,
        "namespace": LABEL,
        **({"app": LABEL} if unit == "app" else {}),
        "project": LABEL | {"description": "The AppProject, from the ownership table."},
        "revision": TEXT | {"description": "The commit that last changed this folder; a branch, outside git."},
        "path": TEXT | {"description": "The folder in the repository."},
        "include": TEXT | {"description": "Which files of it, as Argo CD's `directory.include`."},
        "weight": _digits("The placement weight of the namespace there; 0 where it has none."),
        "environment": LABEL,
        "dataCenter": LABEL,
        "region": LABEL,
        "cluster": LABEL,
        "server": {"type": "string", "pattern": "^https://", "description": "The cluster's API server."},
        "repoURL": TEXT,
        "wave": _digits("The order among Applications."),
        "labels": {"type": "object", "minProperties": 1, "additionalProperties": TEXT},
    }
    return _record(own)


def _digits(description: str) -> Schema:
    return {"type": "string", "pattern": "^[0-9]+$", "description": description}


def _record(properties: Mapping[str, Schema]) -> Schema:
    """Describe an object with exactly these properties."""
    return {
        "type": "object",
        "required": list(properties),
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}
