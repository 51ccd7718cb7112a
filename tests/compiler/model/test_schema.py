"""The published JSON Schemas are current, helpful in an editor, and agree with the models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
from pydantic import ValidationError

from sixfold_compiler.model.app import App, Spec
from sixfold_compiler.systems.schema import SCHEMAS, schema_of

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs" / "schema"
MANIFEST = {
    "apiVersion": "sixfold.dev/v1",
    "kind": "App",
    "metadata": {"name": "web", "team": "shop"},
    "spec": {"image": "web:1", "ports": [{"name": "http", "port": 8080}]},
}


@pytest.fixture(scope="module")
def app_schema() -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(schema_of(SCHEMAS[0]))


@pytest.mark.parametrize("published", SCHEMAS, ids=lambda p: p.file)
def test_published_schemas_are_current(published) -> None:
    assert orjson.loads((FOLDER / published.file).read_bytes()) == schema_of(published), "run: python3 dev.py docs"


@pytest.mark.parametrize("published", SCHEMAS, ids=lambda p: p.file)
def test_published_schemas_are_valid_json_schemas(published) -> None:
    schema = schema_of(published)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema)


def fields(schema: Any, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    undescribed = []
    if isinstance(schema, dict):
        for name, value in schema.get("properties", {}).items():
            if isinstance(value, dict) and "not" not in value:
                undescribed.append((f"{path}.{name}", value))
        for key, value in schema.items():
            undescribed += fields(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for item in schema:
            undescribed += fields(item, path)
    return undescribed


@pytest.mark.parametrize("published", SCHEMAS, ids=lambda p: p.file)
def test_every_field_has_a_description(published) -> None:
    described = fields(schema_of(published))
    assert described
    assert [path for path, value in described if not value.get("description")] == []


def test_every_file_in_the_schema_folder_is_published() -> None:
    assert sorted(p.name for p in FOLDER.iterdir()) == sorted(p.file for p in SCHEMAS)


RIGHT = {
    "a null in an override takes a field away": {"overrides": [{"match": {}, "spec": {"autoscaling": None}}]},
    "an override may state a part of a probe": {
        "probes": {"readiness": {"httpGet": {"port": 80}}},
        "overrides": [{"match": {"environment": "prod"}, "spec": {"probes": {"readiness": {"periodSeconds": 5}}}}],
    },
    "a stronger layer may put another handler in place": {
        "overrides": [
            {"match": {}, "spec": {"probes": {"liveness": {"httpGet": None, "grpc": {"port": 9000}}}}},
        ]
    },
    "roads are written with hyphens": {"roads": {"intra-dc": {"callers": ["*", "shop", "shop/web"]}}},
    "quantities may be numbers": {"resources": {"requests": {"cpu": 0.5, "memory": "1Gi"}, "limits": {"cpu": 2}}},
}
WRONG = {
    "an unknown field": {"replica": 3},
    "text for a number": {"replicas": "3"},
    "a number for text": {"env": [{"name": "PORT", "value": 8080}]},
    "a value and a source of one": {
        "env": [{"name": "A", "value": "x", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]
    },
    "two handlers in a probe": {"probes": {"liveness": {"grpc": {"port": 1}, "tcpSocket": {"port": 1}}}},
    "two sources of a volume": {"volumes": [{"name": "a", "emptyDir": {}, "secret": {"secretName": "b"}}]},
    "two kinds of budget": {"disruption": {"minAvailable": 1, "maxUnavailable": 1}},
    "a call of an app and of a host": {"calls": [{"app": "auth", "host": "auth.example.com", "port": 443}]},
    "a caller that is no name": {"roads": {"intra-dc": {"callers": ["Shop"]}}},
    "a key that no ConfigMap can have": {"config": [{"name": "a", "data": {"a/b": "x"}}]},
    "a quantity without a unit that exists": {"resources": {"requests": {"memory": "1GB"}}},
    "a percentage over 100": {"disruption": {"maxUnavailable": "101%"}},
    "a port over 65535": {"ports": [{"name": "http", "port": 70000}]},
    "a tier that there is not": {"tier": "P3"},
    "a match of a cluster": {"overrides": [{"match": {"cluster": "dc1-a"}, "spec": {}}]},
}


@pytest.mark.parametrize("spec", RIGHT.values(), ids=RIGHT)
def test_schema_and_model_accept(spec, app_schema) -> None:
    manifest = MANIFEST | {"spec": spec}
    App.model_validate(manifest)
    app_schema.validate(manifest)


@pytest.mark.parametrize("spec", WRONG.values(), ids=WRONG)
def test_schema_and_model_reject(spec, app_schema) -> None:
    manifest = MANIFEST | {"spec": spec}
    with pytest.raises(ValidationError):
        App.model_validate(manifest)
    assert not app_schema.is_valid(manifest)


def test_errors_of_choices_list_them_and_those_given() -> None:
    with pytest.raises(
        ValidationError, match="has grpc and tcpSocket, but must have exactly one of httpGet, grpc, tcpSocket, exec"
    ):
        Spec.model_validate({"probes": {"liveness": {"grpc": {"port": 1}, "tcpSocket": {"port": 1}}}})


def test_a_merged_spec_must_make_every_choice() -> None:
    probe = {"probes": {"liveness": {"periodSeconds": 1}}}
    Spec.model_validate(probe)
    with pytest.raises(ValidationError, match="has none of httpGet, grpc, tcpSocket, exec"):
        Spec.model_validate(probe, context={"whole": True})
