"""PyYAML (1.1), ruamel.yaml (1.2) and a real kubectl read the values that our YAML emitter has written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from sixfold_compiler.yaml.emitter import Emitter, emit
from tests.profiles import examples
from tests.support.yaml_readers import HARD, LONG_KEYS, NUMBERS, kubectl, python_11, python_12, wrapped

pytestmark = pytest.mark.conformance("YAML readers")


@pytest.fixture(scope="module")
def every_place() -> list[Any]:
    """Return every hard text as a value, a list item, a key, a key of a nested mapping and a value two levels down."""
    return [
        HARD,
        dict(zip(HARD, HARD, strict=True)),
        {key: {"a": key} for key in HARD},
        {key: [key, [key, [key]], {"b": key, "c": [key]}] for key in HARD},
        {key: {"long": [key, {key: key}]} for key in LONG_KEYS},
        {key: key for key in LONG_KEYS},
        {key: [key] for key in LONG_KEYS},
        [{key: {}} for key in LONG_KEYS],
        [[text] for text in HARD],
        [{text: [{text: text}]} for text in HARD],
        NUMBERS,
        [[], {}, [[]], [{}], {"a": []}, {"a": {}}, [[], {}], [[[[]]]], [[{"a": [[1]]}]]],
        dict(zip(HARD, NUMBERS * 10, strict=False)),
    ]


@pytest.mark.parametrize("read", [python_11, python_12], ids=["PyYAML 1.1", "ruamel.yaml 1.2"])
def test_python_readers_read_every_hard_text_in_every_place(read, every_place):
    assert read(emit(wrapped(every_place))) == wrapped(every_place)


def test_kubectl_reads_every_hard_text_in_every_place(every_place):
    values = kubectl(emit(wrapped(every_place)))
    for expected, value in zip(every_place, values, strict=True):
        assert value == {"value": expected}


@pytest.mark.parametrize("read", [python_11, python_12], ids=["PyYAML 1.1", "ruamel.yaml 1.2"])
def test_a_text_in_its_own_document_reads_back(read):
    """Each text has its own document, so that the end of one document cannot change the next one."""
    objects = [{"text": text} for text in HARD]
    assert read(emit(objects)) == objects


ALPHABET = st.one_of(
    st.sampled_from(list("ab01 \n\n\t-:#'\"|>%@&*!?{}[],.~=<eE_xo+\\/\r")),
    st.characters(exclude_categories=["Cs"]),
)
TEXT = st.one_of(st.sampled_from(HARD), st.text(ALPHABET, max_size=24))
NUMBER = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()
)
VALUES = st.recursive(
    st.one_of(TEXT, TEXT, NUMBER),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=12,
)


@examples(200)
@given(st.lists(VALUES, min_size=1, max_size=6))
def test_any_json_reads_back_in_yaml_1_1(values):
    objects = wrapped(values)
    assert python_11(emit(objects)) == objects


@examples(60)
@given(st.lists(VALUES, min_size=1, max_size=6))
def test_any_json_reads_back_in_yaml_1_2(values):
    objects = wrapped(values)
    assert python_12(emit(objects)) == objects


@examples(4, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(VALUES, min_size=20, max_size=40))
def test_any_json_reads_back_in_kubectl(values):
    answers = kubectl(Emitter().emit(wrapped(values)))
    assert answers == [{"value": value} for value in values]
