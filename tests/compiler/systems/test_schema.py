"""The published schema of the fleet has the settings of every system, with the fleet's own forms written out."""

from __future__ import annotations

import copy

import jsonschema_rs
import pytest

from sixfold_compiler.systems.schema import SCHEMAS, schema_of
from tests.support.repos import FLEET

VALIDATOR = jsonschema_rs.Draft202012Validator(
    schema_of(next(s for s in SCHEMAS if s.file == "fleet.schema.json")), validate_formats=True
)


def with_platform(value, *, at=()):
    fleet = copy.deepcopy(FLEET)
    place = fleet
    for part in at:
        place = place[part]
    place["platform"] = value
    return fleet


ENVOY = FLEET["platform"]
DC1 = ("environments", "prod", "dataCenters", "dc1")


@pytest.mark.parametrize(
    ("fleet", "valid"),
    [
        (FLEET, True),
        (with_platform(ENVOY | {"observability": {"mine": {"any": 1}}}), True),
        (with_platform({"mesh": {"envoy": None}, "dns": {}, "edge": None}, at=DC1), True),
        (with_platform({"mesh": {"envoy": {"image": "envoy"}}}), False),
        (with_platform({"mesh": {"envoy": {"image": "envoy:1", "replicas": 0}}}), False),
        (with_platform({"mesh": {"envoy": {"image": "envoy:1", "cpu": "much"}}}), False),
        (with_platform(ENVOY | {"mash": {}}), False),
        (with_platform({"mesh": {"envoy": {"image": "envoy:1"}, "mine": {}}}), False),
        (with_platform({"storageClass": "gp3"}, at=("environments", "prod")), False),
        (with_platform({"dns": "coredns"}, at=DC1), False),
    ],
)
def test_an_editor_says_of_a_choice_what_the_compiler_says(fleet, valid) -> None:
    assert VALIDATOR.is_valid(fleet) is valid


def test_other_schemas_have_no_systems() -> None:
    assert all("mesh.envoy" not in schema_of(s).get("$defs", {}) for s in SCHEMAS if s.file != "fleet.schema.json")
