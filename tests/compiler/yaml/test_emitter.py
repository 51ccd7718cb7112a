"""Order, style and determinism of the YAML emitter. tests/conformance shows that YAML readers read its output."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixfold_compiler.yaml import emitter as emitter_module
from sixfold_compiler.yaml.emitter import Emitter, config_text, emit
from tests.profiles import examples

if TYPE_CHECKING:
    import random

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {
        "annotations": {"on": "off"},
        "labels": {"z": "1", "name": "b", "app": "c"},
        "name": "web",
        "namespace": "shop",
    },
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "c"}},
        "template": {
            "spec": {
                "containers": [
                    {
                        "args": ["--port", "8080"],
                        "command": ["/bin/web"],
                        "env": [
                            {"name": "MODE", "value": "yes"},
                            {"name": "KEY", "valueFrom": {"secretKeyRef": {"key": "k", "name": "s"}}},
                        ],
                        "image": "example.com/web:1.2.0",
                        "name": "app",
                        "ports": [{"containerPort": 8080, "name": "http"}],
                        "resources": {"limits": {}, "requests": {"cpu": "100m", "memory": "1.5Gi"}},
                    }
                ],
                "volumes": [{"emptyDir": {}, "name": "tmp"}],
            }
        },
    },
    "status": {},
}
EXPECTED = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels:
    app: c
    name: b
    z: "1"
  annotations:
    "on": "off"
spec:
  replicas: 2
  selector:
    matchLabels:
      app: c
  template:
    spec:
      containers:
      - name: app
        image: example.com/web:1.2.0
        command:
        - /bin/web
        args:
        - "--port"
        - "8080"
        env:
        - name: MODE
          value: "yes"
        - name: KEY
          valueFrom:
            secretKeyRef:
              name: s
              key: k
        ports:
        - name: http
          containerPort: 8080
        resources:
          limits: {}
          requests:
            cpu: 100m
            memory: 1.5Gi
      volumes:
      - name: tmp
        emptyDir: {}
status: {}
"""


def test_fields_are_in_the_order_that_kubernetes_users_expect():
    assert emit([DEPLOYMENT]).decode() == EXPECTED


def test_documents_are_separated_and_the_stream_ends_with_one_newline():
    assert emit([{"a": 1}, {"b": []}, {}]) == b"a: 1\n---\nb: []\n---\n{}\n"


def test_no_objects_give_no_bytes():
    assert emit([]) == b""


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\nb\n", "x: |\n  a\n  b\n"),
        ("a\nb", "x: |-\n  a\n  b\n"),
        ("a\nb\n\n\n", "x: |+\n  a\n  b\n\n\n"),
        ("a\n\n  b\n", "x: |\n  a\n\n    b\n"),
        ("a\tb\n#c\n", "x: |\n  a\tb\n  #c\n"),
        ("日本\n😀\n", "x: |\n  日本\n  😀\n"),
    ],
)
def test_text_of_several_lines_is_a_literal_block(text, written):
    assert emit([{"x": text}]).decode() == written


UNSAFE = ["a \nb", "\ta\nb", "a\n\tb", " a\nb", "\na", "\n", "a\r\nb", "a\n\x1b[1m", "a\u2028\n", "\ufeffa\n"]


@pytest.mark.parametrize("text", UNSAFE)
def test_text_that_a_block_could_change_is_quoted_on_one_line(text):
    written = emit([{"x": text}]).decode()
    assert written.count("\n") == 1
    assert written.startswith('x: "')


@pytest.mark.parametrize("text", ["\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\ufeff", "\ufffe"])
def test_invisible_characters_and_line_breaks_are_escaped(text):
    assert text not in emit([{"x": text, text: "y"}]).decode()


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (1e22, "1.0e+22"),
        (1.5e22, "1.5e+22"),
        (1e-7, "1.0e-07"),
        (-3, "-3"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
    ],
)
def test_numbers_are_numbers_in_yaml_1_1(number, written):
    assert emit([{"x": number}]).decode() == f"x: {written}\n"


def test_structured_config_data_is_written_as_json_text():
    data = {"envoy.json": {"b": [1, "é"], "a": {}}, "list": [1], "text": "t"}
    written = emit([{"kind": "ConfigMap", "data": data}]).decode()
    assert written == (
        'kind: ConfigMap\ndata:\n  envoy.json: |\n    {\n      "a": {},\n'
        '      "b": [\n        1,\n        "é"\n      ]\n    }\n'
        "  list: |\n    [\n      1\n    ]\n  text: t\n"
    )
    assert json.loads(config_text(data["envoy.json"])) == data["envoy.json"]


@pytest.mark.parametrize("data", [{"a": "b"}, {}, None])
def test_config_data_of_text_is_written_unchanged(data):
    assert emit([{"kind": "ConfigMap", "data": data}]) == emit([{"kind": "Foo", "data": data}]).replace(
        b"Foo", b"ConfigMap"
    )


def test_data_of_other_kinds_stays_structured():
    assert emit([{"kind": "Foo", "data": {"a": {"b": 1}}}]) == b"kind: Foo\ndata:\n  a:\n    b: 1\n"


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_numbers_without_a_json_form_are_errors(number):
    with pytest.raises(ValueError, match="no JSON form"):
        emit([{"x": number}])


@pytest.mark.parametrize("item", [{"x": "\ud800"}, {"\udc00": 1}, {"x": ["a\n\ud800"]}])
def test_lone_surrogates_are_errors(item):
    with pytest.raises(ValueError, match="surrogates not allowed"):
        emit([item])


@pytest.mark.parametrize("value", [(1,), {1}, b"x", object()])
def test_values_that_are_not_json_are_errors(value):
    with pytest.raises(TypeError, match="not JSON data"):
        emit([{"x": value}])


def shuffled(value, rng):
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: shuffled(value[key], rng) for key in keys}
    return [shuffled(item, rng) for item in value] if isinstance(value, list) else value


@examples(50)
@given(st.randoms(use_true_random=False))
def test_key_order_of_the_input_does_not_matter(rng: random.Random):
    assert emit([shuffled(DEPLOYMENT, rng)]).decode() == EXPECTED


def test_lists_may_contain_lists_numbers_and_empty_values():
    written = emit([{"x": [[1, ["a"]], [], {}, 2.5, None, {"k": [{}, []]}]}]).decode()
    assert written == "x:\n- - 1\n  - - a\n- []\n- {}\n- 2.5\n- null\n- k:\n  - {}\n  - []\n"


def test_bytes_do_not_depend_on_earlier_objects_and_caches_are_bounded():
    emitter = Emitter()
    for n in range(300):
        emitter.emit([{f"key-{n}-{i}": f"value {n}.{i}" for i in range(100)}])
        emitter.emit([{f"k{n}": {f"a{i}": i for i in range(n)}}])
    for n in range(4_000):
        emitter.emit([{f"one of many {n}": n}])
    assert emitter.emit([DEPLOYMENT]).decode() == EXPECTED
    assert len(emitter._scalars) <= 20_000
    assert len(emitter._orders) <= 2_000


def test_long_text_is_not_cached():
    emitter = Emitter()
    emitter.emit([{"x": "y" * 1000}])
    assert not emitter._scalars


@pytest.mark.parametrize(("length", "start"), [(998, "kkk"), (999, "? ")])
def test_a_key_that_readers_may_not_accept_on_one_line_is_written_as_a_complex_key(length, start) -> None:
    assert emit([{"k" * length: 1}]).decode().startswith(start)


def test_caches_are_used_and_stay_small(monkeypatch) -> None:
    monkeypatch.setattr(emitter_module, "_CACHE_ENTRIES", 20)
    emitter = Emitter()
    sizes = []
    for number in range(60):
        emitter.emit([{f"key{number}": f"text {number}"}])
        sizes.append((len(emitter._scalars), len(emitter._orders)))
    assert max(sizes) == (20, 2)
