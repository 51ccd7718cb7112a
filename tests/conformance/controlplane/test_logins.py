"""Administrators log in with certificates, like kind's, or with tokens; the other tests of this folder depend on it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.conformance("Control plane")
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}


def test_the_server_recognizes_the_administrator_by_the_certificate(plane):
    """`kube.py` and Argo CD use this certificate; Argo CD syncs to these clusters with it in test_sync.py."""
    certified = {
        name: cluster.kube for name, cluster in plane.clusters.items() if "client-key-data" in cluster.kube.user
    }
    if not certified:
        pytest.skip("certificates are made by openssl: there is no openssl in PATH")
    for name, kube in certified.items():
        review = kube.must("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", REVIEW)
        assert "system:authenticated" in review["status"]["userInfo"]["groups"], name
        assert kube.credential["clientCertificateData"].startswith("-----BEGIN CERTIFICATE-----"), name
        assert "token" not in kube.credential, name
