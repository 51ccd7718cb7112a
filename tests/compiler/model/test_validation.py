"""Texts of findings for documents that a model rejects, and kinds of values at the paths of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from sixfold_compiler.diagnostics import Span, path_text
from sixfold_compiler.model.app import App, Spec
from sixfold_compiler.model.fleet import Fleet
from sixfold_compiler.model.patterns import TOKEN_REFERENCE, WORDS
from sixfold_compiler.model.tombstone import Tombstone
from sixfold_compiler.model.validation import diagnose, fields_at, kind_at
from sixfold_compiler.systems.schema import SCHEMAS, schema_of
from tests.support.snapshots import check_snapshot, sentences


class Part(BaseModel):
    kind: Literal["a"]


class Thing(BaseModel, strict=True, extra="forbid"):
    """A field for every kind of rule that a model may have."""

    name: Annotated[str, Field(min_length=2, max_length=4, pattern="^[a-z]*$")] = "ok"
    count: Annotated[int, Field(ge=1, le=9)] = 1
    ratio: Annotated[float, Field(ge=0, lt=2)] = 1.0
    items: Annotated[list[str], Field(min_length=1, max_length=3)] = ["a"]
    open: bool = True
    either: int | list[int] | None = None
    table: dict[Annotated[str, Field(pattern="^[a-z]*$")], int] = {}
    part: Part | None = None


def diagnostics(value, model: type[BaseModel] = Thing):
    with pytest.raises(ValidationError) as caught:
        model.model_validate(value)
    return diagnose(caught.value, model, value, lambda path: Span(path_text(path)), code="SF204")


# A value for every rule of `Thing`, with the path of the finding.
BROKEN = [
    ({"name": "x"}, "name"),
    ({"name": "abcde"}, "name"),
    ({"name": "A1"}, "name"),
    ({"name": 5}, "name"),
    ({"name": True}, "name"),
    ({"name": ["a"]}, "name"),
    ({"name": "x" * 80}, "name"),
    ({"name": "x" * 81}, "name"),
    ({"count": 0}, "count"),
    ({"count": 10}, "count"),
    ({"count": "5"}, "count"),
    ({"count": 1.5}, "count"),
    ({"count": 2.0}, "count"),
    ({"ratio": "1"}, "ratio"),
    ({"ratio": -0.5}, "ratio"),
    ({"ratio": 2.0}, "ratio"),
    ({"open": "yes"}, "open"),
    ({"items": []}, "items"),
    ({"items": ["a"] * 4}, "items"),
    ({"items": "a"}, "items"),
    ({"either": "x"}, "either"),
    ({"table": {"a": "x"}}, "table.a"),
    ({"table": None}, "table"),
    ({"table": {"A": 1}}, "table.A"),
    ({"part": {"kind": "b"}}, "part.kind"),
    ({"part": {}}, "part.kind"),
    ({"part": "a"}, "part"),
    ({"parts": 1}, "parts"),
    ([], ""),
]


LIMITS = {
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
}


def test_every_rule_of_a_model_has_a_sentence_without_words_of_the_validator() -> None:
    lines = []
    for value, path in BROKEN:
        (problem,) = diagnostics(value)
        assert problem.span.file == path
        lines.append(f"{str(value)[:60]}\n{sentences([problem])}")
    check_snapshot("\n".join(lines), Path(__file__).parent / "snapshots" / "rules.txt")


def test_the_models_have_no_kind_of_rule_that_has_no_sentence() -> None:
    rules = {kind for schema in SCHEMAS for kind in kinds_of_rules(schema_of(schema))}
    # The sentence of minProperties is that of minItems; maxProperties is of slots (SF313).
    assert rules - kinds_of_rules(Thing.model_json_schema()) == {"minProperties", "maxProperties"}


def kinds_of_rules(schema) -> set[str]:
    """Return the keywords of a JSON Schema that limit a value, and the names of types."""
    kinds: set[str] = set()
    for part in parts_of(schema):
        kinds |= LIMITS & part.keys()
        kinds |= {part["type"]} if isinstance(part.get("type"), str) else set()
    return kinds


def test_a_token_in_the_place_of_its_reference_is_not_quoted() -> None:
    class Config(BaseModel):
        token: Annotated[str, Field(pattern=TOKEN_REFERENCE)]

    (problem,) = diagnostics({"token": "s3cret"}, Config)
    assert "s3cret" not in f"{problem.message} {problem.help}"


def test_a_tombstone_has_one_finding_for_each_wrong_field() -> None:
    reasons = diagnostics({"team": "shop", "approvedBy": "", "reason": "", "until": "2027-1-1"}, Tombstone)
    assert sorted(problem.span.file for problem in reasons) == ["approvedBy", "reason", "until"]


def test_a_misspelled_value_is_marked_and_of_others_the_key() -> None:
    value = {"part": {"kind": "A"}, "count": 0}
    with pytest.raises(ValidationError) as caught:
        Thing.model_validate(value)
    problems = diagnose(
        caught.value, Thing, value, lambda path: Span("keys", len(path)),
        code="SF204", value_span=lambda path: Span("values", len(path)),
    )  # fmt: skip
    assert [(str(problem.span), problem.help) for problem in problems] == [
        ("keys:1:0", "write 1 or a larger number"),
        ("values:2:0", "did you mean 'a'?"),
    ]


def test_equal_requirements_of_a_union_are_listed_once() -> None:
    class Two(BaseModel, strict=True):
        size: Annotated[int, Field(ge=1)] | Annotated[int, Field(ge=1, le=9)]

    (problem,) = diagnostics({"size": 0}, Two)
    assert problem.message.count("at least 1") == 1


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
    used = {
        expression for schema in SCHEMAS for part in parts_of(schema_of(schema)) for expression in expressions(part)
    }
    assert used == set(WORDS)


def expressions(part):
    if isinstance(part.get("pattern"), str):
        yield part["pattern"]
    yield from part.get("patternProperties", {})


def parts_of(schema):
    """Yield every mapping in a JSON Schema."""
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from parts_of(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from parts_of(value)
