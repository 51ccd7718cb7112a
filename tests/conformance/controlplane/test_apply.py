"""A real API server accepts every overlay unchanged: without errors or warnings, and a second apply changes nothing."""

from __future__ import annotations

import pytest

from tests.conformance.controlplane.site import folders, manifests

pytestmark = pytest.mark.conformance("Control plane")


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
            first[kube.path(document)] = comparable(plane, reply.document)
        for document in manifests(folder):
            reply = kube.apply(document, force=True)
            if comparable(plane, reply.document) != first[kube.path(document)]:
                wrong.append(f"{name}: {document['kind']}/{document['metadata']['name']} changed when applied again")
    assert wrong == []
    assert count > 150 * len(plane.fleet)
