"""Settings of a system: its JSON Schema, defaults at any depth, and the fleet's own forms of texts."""

from __future__ import annotations

import pytest

from sixfold_compiler.systems.about import About
from sixfold_compiler.systems.settings import FORMS, check_settings


def about(schema, **fields) -> About:
    return About.model_validate(
        {"title": "Mine", "description": "a test", "functions": ["app"], "settings": {"type": "object"} | schema}
        | fields
    )


def test_defaults_are_filled_in_where_a_value_is_missing() -> None:
    schema = {
        "properties": {
            "a": {"default": 1},
            "deep": {"type": "object", "properties": {"b": {"default": "x"}, "c": {"type": "string"}}},
            "gone": {"type": "object", "properties": {"d": {"default": 2}}},
            "made": {"type": "object", "default": {}, "properties": {"e": {"default": 3}}},
        }
    }
    given = {"deep": {"c": "y"}}
    assert check_settings(about(schema), given).settings == {"a": 1, "deep": {"b": "x", "c": "y"}, "made": {"e": 3}}
    assert given == {"deep": {"c": "y"}}, "the fleet's value stays as it is"
    assert check_settings(about(schema), {"a": 5}).settings["a"] == 5


@pytest.mark.parametrize(
    ("schema", "given", "path", "message"),
    [
        ({"required": ["a"]}, {}, ("a",), "is missing"),
        ({"properties": {"a": {"type": "string"}}}, {"a": 1}, ("a",), "is a number, but must be text"),
        ({"properties": {"a": {"enum": ["x", "y"]}}}, {"a": "z"}, ("a",), "is not one of the allowed values"),
        ({"properties": {"a": {"items": {"format": "cidr"}}}}, {"a": ["10.0.0.0/8", "10.0.0.1/8"]}, ("a", 1),
         "is '10.0.0.1/8', which is not a network"),
        ({"properties": {"a": {"format": "duration"}}}, {"a": "25h"}, ("a",), "is longer than a day"),
        ({"properties": {"a": {"format": "pod-memory"}}}, {"a": "512"}, ("a",), "is 512 bytes, less than 64Mi"),
        ({"properties": {"a": {"minimum": 67108864, "format": "pod-memory"}}}, {"a": 512}, ("a",),
         "is 512 bytes, less than 64Mi"),
        ({"properties": {"a": {"minimum": 1}}}, {"a": 0}, ("a",), "is less than 1"),
        ({"properties": {"a": {"pattern": "^x"}}}, {"a": "y"}, ("a",), "is not valid"),
        ({"properties": {"a": {"format": "email"}}}, {"a": "y"}, ("a",), "is not valid"),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1, "b": 1}, (), "is not valid"),
    ],
)  # fmt: skip
def test_a_wrong_setting_has_a_path_a_sentence_and_a_help(schema, given, path, message) -> None:
    (problem,) = check_settings(about(schema), given).problems
    assert (problem.path, problem.message) == (path, message)
    assert problem.help


GOOD = {
    "arn": "arn:aws:iam::123456789012:role/x", "bytes": "1Gi", "cidr": "10.0.0.0/8", "dns-name": "a.example.com",
    "duration": "5s", "http-url": "https://a.example.com", "image": "a:1", "label-key": "example.com/a",
    "label-value": "x", "name": "a-b", "object-name": "a.b", "pod-memory": "64Mi", "quantity": "500m",
    "region": "eu-central-1", "text": "a b",
}  # fmt: skip


@pytest.mark.parametrize("form", sorted(FORMS))
def test_each_form_accepts_and_refuses_texts(form) -> None:
    schema = about({"properties": {"a": {"format": form}}})
    assert check_settings(schema, {"a": GOOD[form]}).problems == []
    (problem,) = check_settings(schema, {"a": "\n"}).problems
    assert problem.message.startswith("is '\\n', ")
    assert problem.help


def test_settings_that_must_differ_are_compared_with_their_defaults() -> None:
    schema = {"properties": {"a": {"default": 1}, "b": {"default": 2}}}
    different = about(schema, different=[["a", "b"]])
    assert check_settings(different, {}).alike == []
    assert [p.path for p in check_settings(different, {"a": 2}).alike] == [("a",)]
    assert [p.path for p in check_settings(different, {"b": 1}).alike] == [("b",)]
    assert [p.path for p in check_settings(different, {"a": 3, "b": 3}).alike] == [("b",)]
