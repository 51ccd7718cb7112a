"""Our loader reads the values of the YAML test suite from go-yaml, and accepts only listed documents without one.

Documents that our loader rejects have content that a manifest must not have (anchors, tags, several meanings); they are
not compared.
"""

from __future__ import annotations

import json
import zipfile

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.yaml.loader import load_documents
from tests.conformance.gomodules import Unavailable
from tests.conformance.peers.corpus import archive, meet
from tests.conformance.peers.projects import PROJECTS

pytestmark = pytest.mark.conformance("Public manifests of real projects")
FOLDER = "testdata/yaml-test-suite/"


# Deviations of libyaml, which our loader uses, from the suite.
DIFFERENT = {
    "question-mark-at-start-of-flow-key": "`?foo` between braces is the key `foo`",
    "scalars-in-flow-start-with-syntax-char/01": "`?x` between brackets is a mapping with the key `x`",
    "trailing-line-of-spaces/01": "blanks at the end of the file, without a line break, are no line of a block",
    "trailing-whitespace-in-streams/02": "the same",
    "tabs-that-look-like-indentation/01": "the suite's own JSON lacks the second word",
}
# Documents that are invalid by the suite but have only one meaning: comments directly after a value, indentation in
# brackets or quotes, a directive without the end of a document.
LENIENT = {
    "comment-without-whitespace-after-block-scalar-indicator", "comment-without-whitespace-after-doublequoted-scalar",
    "block-scalar-with-more-spaces-than-first-content-line", "dash-in-flow-sequence", "directive-variants/01",
    "invalid-comment-after-comma", "invalid-comment-after-end-of-flow-sequence",
    "missing-document-end-marker-before-directive", "plain-dashes-in-flow-sequence", "tabs-in-various-contexts/003",
    "wrong-indented-flow-sequence", "wrong-indented-multiline-quoted-scalar",
    "yaml-directive-without-document-end-marker",
}  # fmt: skip
NO_JSON = {"spec-example-7-16-flow-mapping-entries"}  # valid, with an empty key


@pytest.fixture(scope="module")
def cases():
    """Return {name: (the YAML, the equivalent JSON or None)}."""
    (project,) = (p for p in PROJECTS if p.name == "go-yaml")
    try:
        kept = zipfile.ZipFile(archive(project))
        meet(project)
    except Unavailable as error:
        pytest.skip(str(error))
    with kept:
        names = set(kept.namelist())
        return {
            name.removeprefix(FOLDER).removesuffix("/in.yaml"): (
                kept.read(name),
                kept.read(meant).decode() if (meant := name.replace("in.yaml", "in.json")) in names else None,
            )
            for name in sorted(names)
            if name.startswith(FOLDER) and name.endswith("/in.yaml")
        }


def documents(text) -> list:
    decoder, values, at = json.JSONDecoder(), [], 0
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        values.append(value)
        while at < len(text) and text[at].isspace():
            at += 1
    return values


def loaded(data):
    try:
        return [document.value for document in load_documents(data, "in.yaml")]
    except DiagnosticError as error:
        return error.diagnostics[0].code


def test_accepted_documents_have_the_values_of_the_suite(cases):
    """Empty documents are not compared, since the loader omits them."""
    compared, wrong = 0, set()
    for name, (data, text) in cases.items():
        values = loaded(data)
        if text is not None and isinstance(values, list):
            compared += 1
            expected = [value for value in documents(text) if value is not None]
            if values != expected:
                wrong.add(name)
    assert wrong == DIFFERENT.keys()
    assert compared > 100


def test_of_documents_without_a_json_form_only_the_listed_ones_are_accepted(cases):
    """These documents are invalid by the suite, or have keys that JSON does not allow."""
    accepted = {name for name, (data, text) in cases.items() if text is None and isinstance(loaded(data), list)}
    assert accepted == LENIENT | NO_JSON
