"""The encoder: any JSON value is written as YAML that every reader reads as the same value.

An input that is JSON is the value; any other input is a text in every position of a value. Oracle:

* PyYAML (1.1), ruamel.yaml (1.2) and our own loader read the same value, types included;
* the bytes are UTF-8 that ends in one newline, and do not depend on the order of keys or on earlier output of the
  encoder;
* several objects are written as the stream of their separate documents;
* only numbers without a JSON form, and lone surrogates, are rejected (ValueError).
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import orjson
import ruamel.yaml
import yaml

from sixfold_compiler.yaml.emitter import Emitter, emit
from sixfold_compiler.yaml.loader import load_documents
from tests.fuzz.values import plain_json, same
from tests.support.yaml_readers import HARD, LONG_KEYS, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = [
    *(word for word in HARD if 1 < len(word) < 30 and word.isascii() and word.isprintable()),
    "\\n", "\\n\\n", "\\n ", " \\n", "\\t", "\\r\\n", ": ", " #", "\\u2028", "\\u0085", "\\ufeff", "\\ud83d\\ude00", '":{"', '":["', '"],"',
    '{"kind":"ConfigMap","data":{"a":', "\xc2\x85", "\xe2\x80\xa8", "\xef\xbb\xbf",
]  # fmt: skip
RUNS = 1200
FAULTS = {
    "a block may begin with an empty line": (
        "compiler/sixfold_compiler/yaml/emitter.py",
        r'"\\A[ \n]|[ \t](?:\n|\\Z)',
        r'"\\A[ ]|[ \t](?:\n|\\Z)',
    ),
    "a colon may end a plain word": ("compiler/sixfold_compiler/yaml/emitter.py", "|:(?=[A-Za-z0-9_./@+-])", "|:"),
}
WRITER = Emitter()  # one for all inputs, like the one that a worker keeps for all apps


def check(data: bytes) -> None:
    """Check the property for one input."""
    objects = values(data)
    try:
        written = WRITER.emit(objects)
    except ValueError:
        assert not all(writable(item) for item in objects), "rejected although it is JSON"
        return
    assert all(writable(item) for item in objects), "written although it has no JSON form"
    assert written == emit(objects) == emit([with_reversed_keys(item) for item in objects])
    assert written.endswith(b"\n")
    written.decode()
    assert written == b"---\n".join(emit([item]) for item in objects)
    expected = [as_written(item) for item in objects]
    documents = list(yaml.load_all(written, Loader=yaml.CSafeLoader))
    assert same(documents, expected), ("PyYAML", documents, expected, written)
    if len(written) < 3000:  # ruamel.yaml is slow
        reader = ruamel.yaml.YAML(typ="safe", pure=True)
        reader.version = (1, 2)
        documents = list(reader.load_all(written.decode()))
        assert same(documents, expected), ("ruamel.yaml", documents, expected, written)
    if len(written) < 100_000 and all(plain_json(item) for item in expected):
        documents = [d.value for d in load_documents(written, "f.yaml")]
        assert same(documents, expected), ("our loader", documents, expected, written)


def values(data: bytes) -> list[dict[str, Any]]:
    """Return the objects of an input."""
    try:
        value = json.loads(data)
    except ValueError:  # also: not UTF-8, a number of thousands of digits
        text = data.decode("utf-8", "surrogateescape" if data[:1] == b"\xff" else "replace")
        return [{"x": text, text: [text, {text: text, "y": [text]}], "z": {"spec": {text: {}}}}]
    except RecursionError:
        return []
    if depth(value) > 60:  # a limit of other readers
        return []
    objects = value if isinstance(value, list) else [value]
    return [item if isinstance(item, dict) else {"value": item} for item in objects]


def depth(value: Any) -> int:
    """Return how deep a value is nested, at most 61."""
    level, deep = [value], 0
    while level and deep <= 60:
        level = [i for v in level if isinstance(v, (dict, list)) for i in (v.values() if isinstance(v, dict) else v)]
        deep += 1
    return deep


def writable(value: Any) -> bool:
    """Return whether a value has a JSON form in UTF-8."""
    if isinstance(value, dict):
        return all(writable(key) and writable(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(writable, value))
    if isinstance(value, str):
        return not any("\ud800" <= char <= "\udfff" for char in value)
    return not isinstance(value, float) or math.isfinite(value)


def with_reversed_keys(value: Any) -> Any:
    """Return the same value, with the keys of every mapping in reverse order."""
    if isinstance(value, dict):
        return {key: with_reversed_keys(value[key]) for key in reversed(value)}
    return [with_reversed_keys(item) for item in value] if isinstance(value, list) else value


def as_written(item: dict[str, Any]) -> dict[str, Any]:
    """Return an object as readers see it: structured values of a ConfigMap's data are JSON text with sorted keys."""
    data = item.get("data")
    if item.get("kind") != "ConfigMap" or not isinstance(data, dict):
        return item
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2
    text = {
        k: orjson.dumps(v, option=options).decode() + "\n" if isinstance(v, (dict, list)) else v
        for k, v in data.items()
    }
    return {**item, "data": text}


def seeds() -> Iterator[bytes]:
    """Yield the hard texts and numbers of the conformance tests, and objects like those of the examples."""
    for text in (*HARD, *LONG_KEYS):
        yield text.encode()
        yield json.dumps({"a": {text: [text]}}).encode()
    yield json.dumps([{"a": NUMBERS}, {"b": [[], {}, [[]], [{}], {"a": []}]}]).encode()
    yield json.dumps({"kind": "ConfigMap", "data": {"a": {"b": [1, "x"]}, "c": "d\n"}}).encode()
    yield b'{"x": 1e400, "y": NaN, "z": "\\ud800"}'
