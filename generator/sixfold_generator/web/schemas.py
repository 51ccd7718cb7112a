"""JSON Schemas of what the service takes and gives, for its OpenAPI document."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sixfold_compiler.guard import BudgetUse
from sixfold_generator.plugin.query import MAX_VALUES, NAME, PARAMETERS, UNIT, UNITS
from sixfold_generator.web.protocol import MAX_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["schemas"]

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
LABEL: Schema = {"type": "string", "pattern": f"^{NAME.pattern}$"}


def schemas() -> Mapping[str, Schema]:
    """Every schema by its name under `components/schemas`; they refer to each other by `$ref`."""
    return {
        "Question": _question(),
        **{f"{unit.capitalize()}Parameters": _parameters(unit) for unit in UNITS},
        "Name": LABEL | {"description": "A name of the fleet's: an environment, a data center, a cluster, a team …"},
        "Names": {
            "description": "One name, or several: what has any of them is selected.",
            "anyOf": [_ref("Name"), {"type": "array", "items": _ref("Name"), "minItems": 1, "maxItems": MAX_VALUES}],
        },
        "Answer": _record({"output": _record({"parameters": _list(_of_any_unit("Set"))})}),
        **{f"{unit.capitalize()}Set": _set(unit) for unit in UNITS},
        "Error": _record({"message": {"type": "string", "minLength": 1, "maxLength": MAX_MESSAGE}}),
        "Live": _record({"status": {"const": "live"}}),
        "Readiness": _record({"status": _status(), "reasons": _list(TEXT)}),
        "Health": _health(),
        "Page": {"type": "string", "description": "The same for people, as HTML."},
        "Metrics": {"type": "string", "description": "Prometheus' text format."},
        "OpenAPI": {
            "type": "object",
            "required": ["openapi", "info", "paths"],
            "properties": {"openapi": {"type": "string", "pattern": r"^3\.1\.[0-9]+$"}},
        },
    }


def _question() -> Schema:
    """Fields that are not named here are ignored, so that a newer Argo CD may send more; not so in `parameters`."""
    return {
        "type": "object",
        "required": ["applicationSetName", "input"],
        "properties": {
            "applicationSetName": TEXT | {"description": "Who asks. It goes to the log and changes no answer."},
            "input": {
                "type": "object",
                "properties": {"parameters": _of_any_unit("Parameters")},
            },
        },
    }


def _parameters(unit: str) -> Schema:
    """What a question for that unit may select by; every parameter narrows what the others leave."""
    said: Schema = {"anyOf": [{"const": unit}, {"const": [unit]}]}
    names = [name for name, units in PARAMETERS.items() if unit in units]
    schema: Schema = {
        "type": "object",
        "properties": {"unit": said} | {name: _ref("Names") for name in names},
        "additionalProperties": False,
    }
    return schema if unit == UNIT else schema | {"required": ["unit"]}


def _set(unit: str) -> Schema:
    """One parameter set. Every leaf is a string: Argo CD's templates would print a number in their own way."""
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


def _health() -> Schema:
    """The status page as data."""
    row = {one.name: TEXT if one.type == "str" else COUNT for one in fields(BudgetUse)}
    return _record(
        {
            "status": _status(),
            "reasons": _list(TEXT),
            "fleet": TEXT,
            "revision": TEXT | {"description": "The adopted commit; a branch, for a tree outside git."},
            "sequence": COUNT | {"description": "Adoptions so far."},
            "ageSeconds": {"type": ["integer", "null"]},
            "lookedSecondsAgo": {"type": ["integer", "null"]},
            "held": _by_name(_list(TEXT)) | {"description": "Teams that stay as they were adopted, and why."},
            "heldBudgets": _list(_record(row)),
            "spentDrops": _by_name(COUNT) | {"description": "By team, what budgets let go lately."},
            "pinnedClusters": _list(TEXT),
            "parameterSets": _by_name(COUNT) | {"description": "By unit, the sets of the whole fleet."},
            "retiredTeams": _list(TEXT),
        }
    )


def _status() -> Schema:
    return {"enum": ["ready", "degraded", "unready"]}


def _digits(description: str) -> Schema:
    return {"type": "string", "pattern": "^[0-9]+$", "description": description}


def _record(properties: Mapping[str, Schema]) -> Schema:
    """An object with exactly these properties."""
    return {
        "type": "object",
        "required": list(properties),
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _by_name(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _of_any_unit(what: str) -> Schema:
    return {"anyOf": [_ref(f"{unit.capitalize()}{what}") for unit in UNITS]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
