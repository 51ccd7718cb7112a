"""Build the real kustomize from its Go module: the release that the kubectl of these tests contains."""

from __future__ import annotations

from pathlib import Path

from tests.conformance.goprogram import GoProgram

_PROGRAM = GoProgram("kustomize", "sigs.k8s.io/kustomize/kustomize/v5", Path(__file__).parent)
build, kept = _PROGRAM.build, _PROGRAM.kept
