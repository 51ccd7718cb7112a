"""`place --live` and `whatif --live`: the live readings affect the proposal and nothing else.

The API server is the recorded one of `tests/support/apiserver.py`, not a real one.
"""

from __future__ import annotations

import json

import pytest

from tests.support.apiserver import ApiServer, node
from tests.support.cli import started

KEY = "prod/dc1/dc1-a"


@pytest.fixture
def deploy(tmp_path):
    assert started("init", "deploy", "deploy", cwd=tmp_path).code == 0
    return tmp_path / "deploy"


@pytest.fixture
def kubeconfig(tmp_path):
    with ApiServer() as server:
        server.nodes = [node("one", cpu="7", memory="20Gi", pods="50"), node("two", cpu="1500m", ready=True)]
        yield server.kubeconfig(tmp_path / "kubeconfig", KEY)


def test_place_plans_with_live_capacity_and_names_clusters_that_it_could_not_read(deploy, kubeconfig) -> None:
    asked = started("place", "--dry-run", "--live", kubeconfig, "--output", "json", cwd=deploy)
    plan = json.loads(asked.out)
    capacity = {key: cluster["after"]["capacity"] for key, cluster in plan["clusters"].items()}
    assert capacity[KEY] == {"cpu": 8.5, "memory": (20 << 30) + (16 << 30), "pods": 160}
    assert capacity["prod/dc1/dc1-b"]["cpu"] == 15200  # the capacity of the fleet
    unread = {d["message"].split()[1] for d in plan["diagnostics"] if d["code"] == "SF842"}
    assert len(unread) == len(plan["clusters"]) - 1
    assert not (deploy / "overlays").exists()


def test_whatif_uses_live_capacity(deploy, kubeconfig) -> None:
    plain = started("whatif", "--load", "2", "--output", "json", cwd=deploy)
    live = started("whatif", "--load", "2", "--live", kubeconfig, "--output", "json", cwd=deploy)
    assert plain.code == live.code == 0
    assert plain.out != live.out


def test_an_invalid_kubeconfig_is_a_finding(deploy, tmp_path) -> None:
    (tmp_path / "broken").write_text("clusters: [\n")
    done = started("place", "--live", tmp_path / "broken", cwd=deploy)
    assert done.code == 1
    assert "SF841" in done.err
