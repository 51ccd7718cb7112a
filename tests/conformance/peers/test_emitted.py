"""Readers of YAML 1.1 and 1.2 and kubectl read the values of real projects' files that our emitter has written."""

from __future__ import annotations

import re

import pytest

from sixfold_compiler.yaml.emitter import Emitter
from tests.conformance.peers.corpus import ALL
from tests.conformance.peers.json_values import values
from tests.support.yaml_readers import kubectl, python_11, python_12, wrapped

pytestmark = pytest.mark.conformance("Public manifests of real projects")


def texts(value):
    """Yield every key and every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from texts(item)


def shape(text) -> str:
    """Return the shape of a text: each run of letters or digits is one character. Equal shapes are written alike."""
    return re.sub(r"[0-9]+", "0", re.sub(r"[^\W\d_]+", lambda match: "a" if match[0].isascii() else "é", text))


def test_yaml_1_1_reads_back_every_document(peer):
    _, project = peer
    documents = list(values(project))
    assert python_11(Emitter().emit(wrapped(documents))) == wrapped(documents)


def test_yaml_1_2_reads_back_a_text_of_every_shape(peer):
    """The reader is slow, so only one text of each shape is tested."""
    _, project = peer
    shapes = {}
    for document in values(project):
        for text in texts(document):
            if len(text) < 400:
                shapes.setdefault(shape(text), text)
    chosen = [shapes[key] for key in sorted(shapes)][: None if ALL else 600]
    everywhere = [chosen, {text: text for text in chosen}, [{text: [text]} for text in chosen[:300]]]
    assert python_12(Emitter().emit(wrapped(everywhere))) == wrapped(everywhere)


def test_kubectl_reads_back_every_document(peer):
    """Each document is a value in another object, since kubectl would omit unknown fields of a kind that it knows."""
    _, project = peer
    documents = list(values(project))
    answers = kubectl(Emitter().emit(wrapped(documents)))
    assert answers == [{"value": document} for document in documents]
