"""Texts of findings for documents that a model rejects, and kinds of values at the paths of a model."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from sixfold_compiler.diagnostics import Span
from sixfold_compiler.model.app import App, Spec
from sixfold_compiler.model.fleet import Fleet
from sixfold_compiler.model.patterns import WORDS
from sixfold_compiler.model.schema import SCHEMAS, schema_of
from sixfold_compiler.model.tombstone import Tombstone
from sixfold_compiler.model.validation import diagnose, fields_at, kind_at, path_text


class Part(BaseModel):
    kind: Literal["a"]


class Thing(BaseModel, strict=True, extra="forbid"):
    """A field for every kind of rule that a model may have."""

    name: Annotated[str, Field(min_length=2, max_length=4, pattern="^[a-z]*$")] = "ok"
    count: Annotated[int, Field(ge=1, le=9)] = 1
    ratio: Annotated[float, Field(gt=0, lt=2)] = 1.0
    items: Annotated[list[str], Field(min_length=1)] = ["a"]
    either: int | list[int] | None = None
    table: dict[str, int] = {}
    part: Part | None = None


def messages(value, model: type[BaseModel] = Thing):
    with pytest.raises(ValidationError) as caught:
        model.model_validate(value)
    return [
        (problem.message, problem.help)
        for problem in diagnose(caught.value, model, value, lambda path: Span(path_text(path)), code="SF204")
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"name": "x"}, "name must have at least 2 characters"),
        ({"name": "abcde"}, "name must have at most 4 characters"),
        ({"name": "A1"}, "name does not have the required form"),
        ({"count": 0}, "count must be at least 1"),
        ({"count": 10}, "count must be at most 9"),
        ({"ratio": 0.0}, "ratio must be above 0"),
        ({"ratio": 2.0}, "ratio must be below 2"),
        ({"items": []}, "items must have at least 1 entries"),
        ({"table": {"a": "x"}}, "table.a must be a whole number"),
        ({"part": {"kind": "b"}}, "part.kind must be 'a'"),
        ({"part": {}}, "part.kind is missing"),
        ([], "the document must be a mapping"),
    ],
    ids=str,
)  # fmt: skip
def test_every_rule_of_a_model_has_a_message(value, message) -> None:
    assert [text for text, _ in messages(value)] == [message]


def test_requirements_of_several_forms_of_a_field_are_listed_once_each() -> None:
    assert messages({"either": "x"}) == [
        ("either must be a whole number, or must be a list", "write a whole number, without quotes")
    ]
    reasons = messages({"team": "shop", "approvedBy": "", "reason": "", "until": "2027-1-1"}, Tombstone)
    assert len({text.split()[0] for text, _ in reasons}) == len(reasons) == 3


def test_equal_requirements_of_a_union_are_listed_once() -> None:
    class Two(BaseModel, strict=True):
        size: Annotated[int, Field(ge=1)] | Annotated[int, Field(ge=1, le=9)]

    assert messages({"size": 0}, Two) == [("size must be at least 1", "")]


def test_fields_are_known_at_records_only() -> None:
    """Records may be nested in mappings at any depth."""

    class Odd(BaseModel, extra="forbid"):
        deep: dict[str, dict[str, Part]] = {}

    assert fields_at(Odd, ("deep", "x", "y")) == ["kind"]
    assert fields_at(Odd, ("deep", "x")) == []
    assert fields_at(Odd, ("nothing",)) == []


@pytest.mark.parametrize(
    ("model", "path", "kind"),
    [
        (App, (), "record"),
        (App, ("spec",), "record"),
        (App, ("spec", "env"), "list"),
        (App, ("spec", "env", 0), "record"),
        (App, ("spec", "env", 0, "valueFrom"), "record"),
        (Spec, ("nodeSelector",), "mapping"),
        (Spec, ("nodeSelector", "a"), "value"),
        (Spec, ("replicas",), "value"),
        (Spec, ("tier",), "value"),
        (Spec, ("roads", "intra-dc"), "record"),
        (Spec, ("resources", "requests", "cpu"), "value"),
        # No kind: an unknown field, an index without a list, a key without a mapping, and any JSON.
        (Spec, ("nothing",), ""),
        (Spec, ("nothing", "at", 0), ""),
        (Spec, ("tier", "x"), ""),
        (Spec, ("env", "x"), ""),
        (Spec, ("nodeSelector", 0), ""),
        (Spec, ("autoscaling", "behavior", "x"), ""),
        (Fleet, ("teams", "shop", "dataCenters", "prod"), "list"),
        (Thing, ("either",), ""),
    ],
    ids=str,
)  # fmt: skip
def test_a_model_has_one_kind_of_value_at_a_path_or_none(model, path, kind) -> None:
    assert kind_at(model, path) == kind
    assert bool(fields_at(model, path)) == (kind == "record")


def test_every_pattern_of_the_models_has_words() -> None:
    used = {expression for schema in SCHEMAS for expression in expressions(schema_of(schema))}
    assert used == set(WORDS)


def expressions(schema):
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        yield from schema.get("patternProperties", {})
        for value in schema.values():
            yield from expressions(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from expressions(value)
