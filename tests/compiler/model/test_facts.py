"""Facts: read from records strictly, and written as the same records."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.model.facts import AppRecord, Facts

RECORD: dict[str, Any] = {
    "name": "api",
    "team": "shop",
    "namespace": "shop-prod",
    "tier": "P1",
    "kind": "Deployment",
    "ports": [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP", "appProtocol": "http"}],
    "roads": {
        "intra-dc": {"callers": ["*"], "timeout": "2s"},
        "external": {"callers": [], "path": "/", "sharedWith": [], "loadBalancer": False, "host": "a.example.com"},
    },
    "spread": "home",
    "calls": [["auth", ""], ["users", "dc2"]],
    "home": "dc1-a",
    "clusters": {"dc1-a": 100},
}


def test_facts_are_written_as_they_were_read() -> None:
    assert Facts.parse(RECORD).to_record() == RECORD


def test_unknown_fields_are_ignored() -> None:
    assert Facts.parse(RECORD | {"later": 1}) == Facts.parse(RECORD)


def test_the_record_of_an_app_is_written_as_it_was_read() -> None:
    record = {"source": "s", "deps": "d", "cells": ["prod/dc1"], "files": {"a": "1"}, "facts": RECORD, "objects": ["A/b"]}
    assert AppRecord.parse(record).to_record() == record
    with pytest.raises(ValueError, match="deps"):
        AppRecord.parse(record | {"deps": None})


def test_the_encoded_form_has_sorted_keys_and_follows_the_placement() -> None:
    facts = Facts.parse(RECORD)
    assert facts.encoded() == orjson.dumps(RECORD, option=orjson.OPT_SORT_KEYS)
    moved = facts.placed("dc1-b", {"dc1-b": 100})
    assert orjson.loads(moved.encoded()) == RECORD | {"home": "dc1-b", "clusters": {"dc1-b": 100}}
    assert facts.key == moved.key == AppKey("shop", "api")


@pytest.mark.parametrize(
    "change",
    [
        {"name": 1},
        {"ports": "http"},
        {"ports": [{"name": "http"}]},
        {"ports": [{**RECORD["ports"][0], "port": "80"}]},
        {"roads": {"intra-dc": {}}},
        {"roads": {"intra-dc": {"callers": [1]}}},
        {"calls": [["auth"]]},
        {"calls": ["ab"]},
        {"clusters": {"dc1-a": "100"}},
        {"clusters": {"dc1-a": True}},
    ],
)
def test_a_record_of_another_shape_is_rejected(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Facts"):
        Facts.parse(RECORD | change)


@pytest.mark.parametrize("value", [None, [], "text", {}])
def test_what_is_no_record_at_all_is_rejected(value: object) -> None:
    with pytest.raises(ValueError, match="Facts"):
        Facts.parse(value)
