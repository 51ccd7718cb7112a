"""One variable selects the clusters of the tests; without an engine, one line has the reason."""

from __future__ import annotations

import pytest

from tests.conformance.controlplane.chosen import FEW, choose
from tests.conformance.controlplane.kind.engine import absence


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (None, "there is no docker in PATH"),
        ("echo 'Cannot connect to the Docker daemon.' >&2; exit 1", "Cannot connect to the Docker daemon."),
        ("echo 29.0.0", ""),
    ],
)
def test_an_engine_that_does_not_answer_is_reported_in_one_line(tmp_path, monkeypatch, script, message):
    if script is not None:
        (tmp_path / "docker").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert absence() == (f"no Docker engine answers: {message}" if message else "")


@pytest.mark.parametrize(
    ("text", "maker", "names"),
    [
        ("", "loopback", ["a", *FEW]),
        ("loopback:a", "loopback", ["a"]),
        ("kind", "kind", list(FEW)),
        ("kind:all", "kind", ["a", *FEW]),
        ("kind:prod-dc1-a,a", "kind", ["a", "prod-dc1-a"]),
    ],
)
def test_one_variable_selects_the_clusters(text, maker, names):
    chosen = choose(text)
    assert (chosen.maker, chosen.of(["a", *FEW])) == (maker, names)


@pytest.mark.parametrize("text", ["minikube", "kind:prod-dc9-z"])
def test_an_unknown_maker_or_cluster_is_an_error(text):
    with pytest.raises(ValueError, match="SIXFOLD_CLUSTERS: "):
        choose(text).of(["a"])
