"""A real API server accepts every overlay unchanged: without errors or warnings, and a second apply changes nothing."""

from __future__ import annotations

import shutil
from collections import Counter
from itertools import count

import pytest
import yaml
from hypothesis import Phase, given

from tests.conformance.accepted.fleets import sources
from tests.conformance.accepted.takers import adopted, applied, gateway
from tests.conformance.controlplane.site import folders, manifests
from tests.profiles import examples
from tests.support.repos import Repo

pytestmark = pytest.mark.conformance("Control plane")


FLEETS = 200
# Metadata that controllers change too; an apply decides all other metadata.
IGNORED = {"managedFields", "resourceVersion"}


def comparable(plane, document):
    """Return the complete object; if controllers write too, without its status and the metadata that they change."""
    if plane.quiet:
        return document
    metadata = {key: value for key, value in document["metadata"].items() if key not in IGNORED}
    return {**{key: value for key, value in document.items() if key != "status"}, "metadata": metadata}


def test_every_overlay_is_applied_without_error_or_warning_and_the_second_time_nothing_changes(plane, example):
    """Each object is applied to its own cluster by a server-side apply with strict validation."""
    wrong = []
    number = 0
    for name, folder in folders(plane, example).items():
        kube = plane[name].kube
        first = {}
        for document in manifests(folder):
            number += 1
            reply = kube.apply(document, force=True)
            what = f"{name}: {document['kind']}/{document['metadata']['name']}"
            if not reply.good or reply.warnings:
                wrong.append(f"{what}: {reply.message} {reply.warnings}")
            first[kube.path(document)] = comparable(plane, reply.document)
        for document in manifests(folder):
            reply = kube.apply(document, force=True)
            if comparable(plane, reply.document) != first[kube.path(document)]:
                wrong.append(f"{name}: {document['kind']}/{document['metadata']['name']} changed when applied again")
    assert wrong == []
    assert number > 150 * len(plane.fleet)


@pytest.mark.slow
def test_a_fleet_that_compiles_is_adopted_loaded_by_envoy_and_applied(argocd, tmp_path):
    """Of generated fleets and manifests, nothing that is written is rejected by a reader."""
    numbers, ends, seen = count(), Counter(), set()

    with gateway(tmp_path / "envoy") as envoy:

        @examples(FLEETS, database=None, phases=[Phase.explicit, Phase.generate])
        @given(sources())
        def check(given_):
            repo = Repo(tmp_path / str(next(numbers)), ())
            repo.data = given_.fleet
            repo.write_fleet()
            for key, spec in given_.apps.items():
                repo.put(key, **spec)
            run = repo.compile(jobs=1)
            ends["rejected" if run.fatal else "in part" if run.codes else "complete"] += 1
            if not run.fatal:
                assert set(adopted(repo.out)) <= set(given_.fleet["teams"])
                for path in sorted(repo.out.rglob("_platform/gateway.yaml")):
                    assert envoy.load(list(yaml.load_all(path.read_text(), yaml.CSafeLoader))) == [], path
                assert applied(argocd.kube, repo.out, seen) == []
            shutil.rmtree(repo.folder)

        check()
        assert ends["complete"] >= FLEETS // 5
        assert ends["in part"] >= FLEETS // 10
        assert envoy.answers[200] >= FLEETS
