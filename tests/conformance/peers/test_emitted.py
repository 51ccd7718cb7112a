"""What real projects have in their files, written by our emitter, is read back as it was by readers of both YAMLs and by
kubectl's.
"""

from __future__ import annotations

import re

import pytest

from sixfold_compiler.yaml.emitter import Emitter
from tests.conformance.peers.corpus import ALL
from tests.conformance.peers.json_values import values
from tests.support.yaml_readers import kubectl, python_11, python_12, wrapped

pytestmark = pytest.mark.conformance("Public manifests of real projects")


def texts(value):
    """Every key and every text in a value."""
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
    """Texts of one shape are written alike: letters, digits and blanks count, not which and not how many."""
    return re.sub(r"[0-9]+", "0", re.sub(r"[^\W\d_]+", lambda project: "a" if project[0].isascii() else "é", text))


def test_yaml_1_1_reads_back_every_document(peer):
    _, project = peer
    documents = list(values(project))
    assert python_11(Emitter().emit(wrapped(documents))) == wrapped(documents)


def test_yaml_1_2_reads_back_a_text_of_every_shape(peer):
    """That reader is slow: texts whose shape another one has are left out."""
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
    """As a value, whatever it is: kubectl may know a kind, and then leaves out fields that it does not have."""
    _, project = peer
    documents = list(values(project))
    answers = kubectl(Emitter().emit(wrapped(documents)))
    assert answers == [{"value": document} for document in documents]
