"""The record sees what the tests of this folder ask it for: fewer Applications at some moment, and any that come twice."""

from __future__ import annotations

from tests.conformance.controlplane.plane import Write
from tests.conformance.controlplane.record import created, deleted, moments, restless


def write(text):
    verb, name = text.split()
    return Write(verb, "applications", "argocd", name, "test")


def test_an_application_is_there_from_its_creation_to_the_first_word_of_its_end():
    writes = [write(text) for text in ("create b", "delete a", "patch a", "delete a", "create a")]
    assert list(moments(["a"], writes)) == [{"a"}, {"a", "b"}, {"b"}, {"b"}, {"a", "b"}]
    assert (created(writes), deleted(writes)) == (["b", "a"], ["a"])


def test_what_comes_goes_and_comes_again_is_restless():
    created, gone = ["create a", "create b"], ["delete a", "delete b"]
    assert restless(map(write, [*created, *gone])) == set()
    assert restless(map(write, [*created, *gone, "patch b", "create a"])) == {"a"}


def test_writes_of_other_kinds_are_none_of_its_business():
    other = Write("delete", "secrets", "argocd", "a", "test")
    assert deleted([other]) == []
    assert list(moments(["a"], [other])) == [{"a"}]
