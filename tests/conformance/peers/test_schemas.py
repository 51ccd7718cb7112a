"""The shipped schemas accept and reject the same real objects as Kubernetes' own schemas.

The reference is kubernetes-validate, another engine with the complete schemas of the same Kubernetes version. For the
objects with every field set, with which Kubernetes tests that its releases are compatible, it is Kubernetes itself.
"""

from __future__ import annotations

import importlib.metadata
import zipfile

import pytest

from sixfold_compiler.kubernetes.schemas import built_in_kinds, problems, version
from tests.conformance.gomodules import Unavailable
from tests.conformance.peers.corpus import ALL, File, archive, meet, objects
from tests.conformance.peers.projects import PROJECTS
from tests.support.counterparts import met

pytestmark = pytest.mark.conformance("Public manifests of real projects")
SAMPLE = 10**6 if ALL else 25  # accepted objects of each project; the reference is slow


def is_built_in(item) -> bool:
    return (item["apiVersion"], item["kind"]) in built_in_kinds()


def without_nulls(value):
    """Return a value without nulls, which Kubernetes reads as absent.

    If a field may be a number or a text, the reference finds that null is both, and rejects it.
    """
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def is_valid_by_reference():
    """Return a function for whether an object is strictly valid without its status, which a server sets."""
    library = pytest.importorskip("kubernetes_validate", reason="the package kubernetes-validate is not installed")
    met("kubernetes-validate", importlib.metadata.version("kubernetes-validate"))

    def is_valid(item) -> bool:
        try:
            library.validate(without_nulls({**item, "status": None}), version(), strict=True)
        except library.ValidationError:
            return False
        return True

    return is_valid


def test_the_schemas_accept_and_reject_the_same_objects_as_the_reference(peer, is_valid_by_reference):
    name, files = peer
    own = [(file.origin, item) for file in files for item in objects(file) if is_built_in(item)]
    rejected = [(origin, item) for origin, item in own if problems(item)]
    accepted = [(origin, item) for origin, item in own if not problems(item)][:SAMPLE]
    print(f"{name}: {len(own)} built-in objects, {len(rejected)} rejected")
    assert [(origin, problems(item)) for origin, item in rejected if is_valid_by_reference(item)] == []
    assert [(origin, item) for origin, item in accepted if not is_valid_by_reference(item)] == []


def test_objects_with_every_field_set_are_accepted():
    """The objects have all kinds of the schemas."""
    (project,) = (p for p in PROJECTS if p.name == "api")
    try:
        kept = zipfile.ZipFile(archive(project))
        meet(project)
    except Unavailable as error:
        pytest.skip(str(error))
    assert project.version == f"v0.{version().partition('.')[2]}.0"
    seen = set()
    with kept:
        for name in kept.namelist():
            if name.startswith("testdata/HEAD/") and name.endswith(".json"):
                for item in objects(File(name, kept.read(name))):
                    if is_built_in(item):
                        seen.add((item["apiVersion"], item["kind"]))
                        assert problems(item) == [], name
    missing = {kind for api, kind in built_in_kinds() - seen}
    assert {kind for kind in missing if not kind.endswith("List")} == OTHER_MODULES


# Kinds whose types are in another module of Kubernetes.
OTHER_MODULES = {"APIService"}
