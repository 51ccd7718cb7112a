"""The documents of a project's files that have a JSON form."""

from __future__ import annotations

import json
import math
import re

import yaml

from sixfold_compiler.yaml.loader import MAX_SAFE_INTEGER
from tests.conformance.peers.corpus import ALL, Tolerant

MOST = 10**9 if ALL else 150_000  # bytes of one project for a reader


def values(project, most=MOST):
    """Yield the documents that a tolerant reader reads from the files and that have a JSON form, up to `most` bytes."""
    size = 0
    for file in project:
        try:
            documents = list(yaml.load_all(file.data, Loader=Tolerant))
        except (yaml.YAMLError, UnicodeDecodeError, ValueError, TypeError, RecursionError):
            continue
        for document in documents:
            if is_json(document):
                length = len(json.dumps(document))
                if length < most / 4 and size + length < most:
                    size += length
                    yield document


def is_json(value) -> bool:
    match value:
        case None | bool():
            return True
        case int():
            return abs(value) <= MAX_SAFE_INTEGER
        case float():
            return math.isfinite(value)
        case str():
            return re.search("[\ud800-\udfff]", value) is None
        case list():
            return all(map(is_json, value))
        case dict():
            return all(isinstance(key, str) and is_json(key) and is_json(item) for key, item in value.items())
        case _:
            return False
