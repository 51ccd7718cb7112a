"""Every overlay is taken by a real API server as it is: no error, no warning, and nothing to do the second time."""

from __future__ import annotations

import pytest

from tests.conformance.controlplane.site import folders, manifests

pytestmark = pytest.mark.conformance("Control plane")


# What others write beside us where controllers run: everything else is what an apply decides.
KEPT = {"managedFields", "resourceVersion"}


def decided(plane, document):
    """The whole object where nobody else writes; otherwise without its status and what counts the writes."""
    if plane.quiet:
        return document
    metadata = {key: value for key, value in document["metadata"].items() if key not in KEPT}
    return {**{key: value for key, value in document.items() if key != "status"}, "metadata": metadata}


def test_every_overlay_is_applied_without_error_or_warning_and_the_second_time_nothing_changes(plane, example):
    """Server-side apply with strict validation, object by object, on the cluster that each is meant for."""
    wrong = []
    count = 0
    for name, folder in folders(plane, example).items():
        kube = plane[name].kube
        first = {}
        for document in manifests(folder):
            count += 1
            reply = kube.apply(document, force=True)
            what = f"{name}: {document['kind']}/{document['metadata']['name']}"
            if not reply.good or reply.warnings:
                wrong.append(f"{what}: {reply.message} {reply.warnings}")
            first[kube.path(document)] = decided(plane, reply.document)
        for document in manifests(folder):
            reply = kube.apply(document, force=True)
            if decided(plane, reply.document) != first[kube.path(document)]:
                wrong.append(f"{name}: {document['kind']}/{document['metadata']['name']} changed when applied again")
    assert wrong == []
    assert count > 150 * len(plane.fleet)
