"""Fields of roads against what the mesh of a data center carries."""

from __future__ import annotations

import json

import pytest

from tests.support.repos import Repo


@pytest.fixture
def repo(tmp_path):
    """A repo whose data center dc1 has a mesh of the fleet's own, which carries nothing."""
    repo = Repo(tmp_path, ())
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["platform"] = {"mesh": {"envoy": None, "plain": {}}}
    repo.write_fleet()
    about = {
        "title": "Plain", "description": "a mesh without anything", "functions": ["carrier", "platform"],
        "instead": {"timeout": "let the caller set a time limit"},
    }  # fmt: skip
    repo.write("environments/lib/mesh/plain/about.json", json.dumps(about))
    functions = "carrier(settings):: { peer: {}, ports: [] }, platform(ctx, settings):: {}"
    repo.write("environments/lib/main.libsonnet", f"{{ systems+:: {{ mesh+:: {{ plain:: {{ {functions} }} }} }} }}")
    return repo


def test_a_field_that_the_mesh_lacks_is_found_at_its_line_and_the_app_alone_fails(repo) -> None:
    repo.put("shop/web", roads={"intra-dc": {"timeout": "2s", "callers": ["*"]}})
    repo.put("pay/cards", roads={"intra-dc": {"callers": ["*"]}})
    run = repo.compile()
    (finding,) = run.diagnostics
    assert (finding.code, finding.app) == ("SF244", "shop/web")
    assert finding.message == "spec.roads.intra-dc.timeout is set, which Plain, the mesh of prod/dc1, does not carry"
    assert "let the caller set a time limit" in finding.help
    assert (repo.folder / "apps/shop/web.yaml").read_text().splitlines()[finding.span.line - 1].strip() == "timeout: 2s"
    assert any("pay/cards" in path for path in run.overlays)
    assert not any("shop/web" in path for path in run.overlays)


def test_a_place_whose_mesh_carries_the_field_takes_it(repo) -> None:
    repo.put("shop/web", roads={"intra-dc": {"timeout": "2s"}}, dataCenters={"prod": ["dc2"]})
    assert repo.compile().diagnostics == ()


def test_roads_that_no_mesh_carries_are_not_judged(repo) -> None:
    repo.put("shop/web", roads={"direct": {"timeout": "2s"}})
    assert "SF244" not in repo.compile().codes
