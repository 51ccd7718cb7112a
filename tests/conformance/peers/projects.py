"""The real projects whose public manifests the tests read: their versions and checksums.

None of their files is in this repository. Each is a Go module, so the module proxy has its complete repository under a
version that never changes; the sum is Go's own of that content.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Project:
    """One project at one version."""

    name: str
    module: str
    version: str
    total: str  # Go's sum of the content
    size: float  # megabytes of the download
    about: str  # why its files are useful

    def __str__(self) -> str:
        return self.name


PROJECTS = (
    Project(
        "kubernetes",
        "k8s.io/kubernetes",
        "v1.37.0",
        "h1:TDSD+Izz9inqs7SmtJCAu7L5/DuYW9hAZ3GBdF6Ddkw=",
        25.2,
        "add-ons, e2e manifests, OpenAPI documents, kubectl's own bad inputs",
    ),
    Project(
        "api",
        "k8s.io/api",
        "v0.37.0",
        "h1:Z//Vj9N7RA/yS2sDmxyeo7h+RR4zbUrd2vrd3Z0TbB4=",
        5.6,
        "every built-in kind with every field set, in three releases",
    ),
    Project(
        "argo-cd",
        "github.com/argoproj/argo-cd/v3",
        "v3.6.1",
        "h1:OmhqeKiR3C//awbFrhQqFdtRI+Qiv17j8vqm3UkMj/g=",
        58.4,
        "live objects of a hundred extensions, charts, hostile test data",
    ),
    Project(
        "istio",
        "istio.io/istio",
        "v0.0.0-20260827124520-eed52ebb66ad",
        "h1:ui9TJjRMAV/hb5ehQaZDq7IUGxuQP6dra9lapT/VjHI=",
        11.9,
        "rendered installations, three thousand small files, one with old Mac line ends",
    ),
    Project(
        "cert-manager",
        "github.com/cert-manager/cert-manager",
        "v1.21.2",
        "h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=",
        4.2,
        "chart templates that are not YAML",
    ),
    Project(
        "cluster-api",
        "sigs.k8s.io/cluster-api",
        "v1.14.2",
        "h1:o3GFNaeNFAOEEMpDPfhCK+2CjmV6gtQ8yLEcUwCg7bA=",
        11.8,
        "CRDs of hundreds of kilobytes, kustomize patches",
    ),
    Project(
        "external-dns",
        "sigs.k8s.io/external-dns",
        "v0.20.0",
        "h1:rJ4Q5c32NStvI8J+u2nyM4bcKxZG4g1NLPL0p994U9M=",
        1.5,
        "documentation examples with tags",
    ),
    Project(
        "gateway-api",
        "sigs.k8s.io/gateway-api",
        "v1.4.1",
        "h1:NPxFutNkKNa8UfLd2CMlEuhIPMQgDQ6DXNKG9sHbJU8=",
        5.6,
        "many documents in one file",
    ),
    Project(
        "argo-rollouts",
        "github.com/argoproj/argo-rollouts",
        "v1.8.3",
        "h1:blbtQva4IK9r6gFh+dWkCrLnFdPOWiv9ubQYu36qeaA=",
        9.3,
        "deep schemas, files that its own linter refuses",
    ),
    Project(
        "flux2",
        "github.com/fluxcd/flux2/v2",
        "v2.9.5",
        "h1:jwCccxvkD+2QnsjN+pl5QqM8KnFUwA8pIoQ1Lf0avkA=",
        1.9,
        "templates, encrypted Secrets",
    ),
    Project(
        "go-yaml",
        "github.com/goccy/go-yaml",
        "v1.19.2",
        "h1:PmFC1S6h8ljIz6gMRBopkjP1TVT7xuwrButHID66PoM=",
        0.5,
        "the YAML test suite: every corner of the language, with the equivalent JSON",
    ),
    Project(
        "gatekeeper",
        "github.com/open-policy-agent/gatekeeper/v3",
        "v3.23.1",
        "h1:njHTm0SJ6ZEhhEgmQTpJKTGQbc99fSs4hGiEp1OIKck=",
        11.2,
        "policies in block scalars",
    ),
    Project(
        "prometheus-operator",
        "github.com/prometheus-operator/prometheus-operator",
        "v0.85.0",
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        4.1,
        "rules, dashboards, files of a megabyte and more",
    ),
    Project(
        "keda",
        "github.com/kedacore/keda/v2",
        "v2.21.0",
        "h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps=",
        3.0,
        "scalers, CRDs",
    ),
)
