"""The shipped schemas against real objects: what Kubernetes' own schema takes is not refused, and the other way round.

The judge is kubernetes-validate, another engine on the whole schemas of the same Kubernetes version; and for the objects
with every field set, which Kubernetes keeps to prove that its releases read each other, Kubernetes itself.
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
SAMPLE = 10**6 if ALL else 25  # objects of a project that nothing is wrong with; the judge is slow


def is_built_in(item) -> bool:
    return (item["apiVersion"], item["kind"]) in built_in_kinds()


def written(value):
    """A value without what is null, as Kubernetes reads it: not written.

    Where a number or a text may stand, the judge finds that null is both, and takes neither.
    """
    if isinstance(value, dict):
        return {key: written(item) for key, item in value.items() if item is not None}
    return [written(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def judge():
    """Whether an object is valid, strictly, but for its status: a server writes that, and our schemas leave it alone."""
    library = pytest.importorskip("kubernetes_validate", reason="the package kubernetes-validate is not installed")
    met("kubernetes-validate", importlib.metadata.version("kubernetes-validate"))

    def is_valid(item) -> bool:
        try:
            library.validate(written({**item, "status": None}), version(), strict=True)
        except library.ValidationError:
            return False
        return True

    return is_valid


def test_both_judge_alike(peer, judge):
    name, files = peer
    own = [(file.origin, item) for file in files for item in objects(file) if is_built_in(item)]
    refused = [(origin, item) for origin, item in own if problems(item)]
    taken = [(origin, item) for origin, item in own if not problems(item)][:SAMPLE]
    print(f"{name}: {len(own)} built-in objects, {len(refused)} refused")
    assert [(origin, problems(item)) for origin, item in refused if judge(item)] == []
    assert [(origin, item) for origin, item in taken if not judge(item)] == []


def test_objects_with_every_field_set_are_taken():
    """All kinds that the schemas have."""
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


# Its type is in another module of Kubernetes.
OTHER_MODULES = {"APIService"}
