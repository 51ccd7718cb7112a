"""The record detects missing Applications at any moment, and Applications that are created twice."""

from __future__ import annotations

from tests.conformance.controlplane.plane import Write
from tests.conformance.controlplane.record import created, deleted, moments, recreated


def write(text):
    verb, name = text.split()
    return Write(verb, "applications", "argocd", name, "test")


def test_an_application_exists_from_its_creation_to_the_first_request_of_its_deletion():
    writes = [write(text) for text in ("create b", "delete a", "patch a", "delete a", "create a")]
    assert list(moments(["a"], writes)) == [{"a"}, {"a", "b"}, {"b"}, {"b"}, {"a", "b"}]
    assert (created(writes), deleted(writes)) == (["b", "a"], ["a"])


def test_an_application_that_is_created_after_its_deletion_is_recreated():
    created, gone = ["create a", "create b"], ["delete a", "delete b"]
    assert recreated(map(write, [*created, *gone])) == set()
    assert recreated(map(write, [*created, *gone, "patch b", "create a"])) == {"a"}


def test_writes_of_other_kinds_are_ignored():
    other = Write("delete", "secrets", "argocd", "a", "test")
    assert deleted([other]) == []
    assert list(moments(["a"], [other])) == [{"a"}]
