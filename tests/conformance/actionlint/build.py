"""Build the real actionlint, which checks workflows of GitHub, from its Go module."""

from __future__ import annotations

from pathlib import Path

from tests.conformance.goprogram import GoProgram

_PROGRAM = GoProgram("actionlint", "github.com/rhysd/actionlint/cmd/actionlint", Path(__file__).parent)
build, kept = _PROGRAM.build, _PROGRAM.kept
