"""Facts and records of apps, with defaults for fields that do not matter to a test."""

from __future__ import annotations

from typing import Any

from sixfold_compiler.model.facts import AppRecord, Facts

__all__ = ["GRPC", "HTTP", "RAW", "facts_of", "record_of"]

HTTP = {"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP", "appProtocol": "http"}
GRPC = {"name": "grpc", "port": 9000, "targetPort": 9000, "protocol": "TCP", "appProtocol": "grpc"}
RAW = {"name": "redis", "port": 6379, "targetPort": 6379, "protocol": "TCP", "appProtocol": "tcp"}


def facts_of(key: str, *ports: dict[str, Any], roads: dict[str, Any] | None = None, **fields: Any) -> Facts:
    """Return the facts of `team/app`. A road without `callers` admits the app's own team; `fields` replace others."""
    team, _, name = key.partition("/")
    record = {
        "name": name,
        "team": team,
        "namespace": team,
        "tier": "P1",
        "kind": "Deployment",
        "ports": list(ports),
        "roads": {road: {"callers": [team], **extra} for road, extra in (roads or {}).items()},
        "spread": "share",
        "calls": [],
    }
    return Facts.parse(record | fields)


def record_of(facts: Facts, *objects: str, **fields: Any) -> AppRecord:
    """Return the record of an app with these facts and objects; `fields` are `source` and the others."""
    return AppRecord(
        **{"source": "", "deps": "", "cells": (), "files": {}, "facts": facts, "objects": objects} | fields
    )
