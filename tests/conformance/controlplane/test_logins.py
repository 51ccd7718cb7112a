"""Administrators log in with certificates, as kind gives them, or with tokens. Everything else here goes on from there."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.conformance("Control plane")
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}


def test_the_server_knows_the_administrator_by_the_certificate(plane):
    """What `kube.py` presents, and what Argo CD is given: it syncs to these clusters with it in test_sync.py."""
    certified = {name: cluster.kube for name, cluster in plane.clusters.items() if "client-key-data" in cluster.kube.user}
    if not certified:
        pytest.skip("certificates are made by openssl: there is no openssl in PATH")
    for name, kube in certified.items():
        review = kube.must("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", REVIEW)
        assert "system:authenticated" in review["status"]["userInfo"]["groups"], name
        assert kube.credential["clientCertificateData"].startswith("-----BEGIN CERTIFICATE-----"), name
        assert "token" not in kube.credential, name
