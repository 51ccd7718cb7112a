"""I2, inside a team: each object of a namespace comes from one app."""

from __future__ import annotations

import json

import pytest
import yaml

from sixfold_compiler.ownership.reserved import TENANCY
from tests.support.repos import Repo, is_overlay


def config(name, value="a"):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": value}}


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path / "repo", ())


def overlays(repo):
    return {p: d for p, d in repo.tree().items() if is_overlay(p)}


def problems(run, code="SF452"):
    return [(d.app, d.message) for d in run.diagnostics if d.code == code]


def test_the_app_in_the_tree_keeps_an_object_that_two_apps_render(repo):
    """The newcomer loses although it sorts first; the diagnostic names the object and both apps."""
    repo.put("shop/web", config("settings"), spread="every")
    repo.compile()
    before = overlays(repo)
    repo.put("shop/aaa", config("settings", "b"))
    repo.put("pay/cards", config("settings", "c"))  # another namespace
    run = repo.compile()
    ((app, text),) = problems(run)
    assert app == "shop/aaa"
    assert "ConfigMap/settings" in text
    assert "shop/web" in text
    assert run.codes == ["SF452"]
    (problem,) = run.diagnostics
    assert (problem.span.file, problem.span.line > 1) == ("apps/shop/aaa.yaml", True)
    assert {p: d for p, d in overlays(repo).items() if "/pay/" not in p} == before
    assert any("/pay/" in p for p in overlays(repo))


def test_the_first_of_two_newcomers_by_name_gets_the_object(repo):
    repo.put("shop/web", config("settings"))
    repo.put("shop/aaa", config("settings"))
    for _ in range(2):
        assert [app for app, _ in problems(repo.compile())] == ["shop/web"]
    repo.remove("shop/aaa")
    assert repo.compile().codes == []


def test_objects_of_another_kind_or_data_center_do_not_collide(repo):
    repo.put("shop/web", config("stock"), dataCenters={"prod": ["dc1"]})  # Deployment/stock is not ConfigMap/stock
    repo.put("shop/stock", dataCenters={"prod": ["dc1"]})
    repo.put("shop/far", config("stock"), dataCenters={"prod": ["dc2"]})
    assert repo.compile().codes == []


def test_objects_that_the_library_renders_for_an_app_are_its_own(repo):
    """The StatefulSet of app web has a Service web-pods, and an app web-pods would have a Service of the same name."""
    repo.put("shop/web-pods")
    repo.compile()
    before = overlays(repo)
    repo.put("shop/web", kind="StatefulSet")
    run = repo.compile()
    ((app, text),) = problems(run)
    assert (app, "Service/web-pods" in text) == ("shop/web", True)
    assert overlays(repo) == before


def test_a_released_object_is_unowned_and_returns_if_the_change_fails(repo):
    repo.put("shop/web", config("settings"))
    repo.put("shop/aaa")
    repo.compile()
    before = overlays(repo)
    repo.put("shop/aaa", config("settings"))
    late = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 1}]}}
    repo.put("shop/web", late)  # releases settings, and fails since the library renders the same Service
    run = repo.compile()
    assert {d.app for d in run.diagnostics} == {"shop/web", "shop/aaa"}, run
    assert overlays(repo) == before
    repo.put("shop/web")
    assert repo.compile().codes == []


def test_a_host_returns_to_its_owner_if_the_change_fails_late(repo):
    """App web leaves /api and fails during rendering; app index, which got /api in between, must not keep it."""
    repo.put("shop/web", roads={"external": {"path": "/api"}})
    repo.put("search/index")
    repo.compile()
    before = overlays(repo)
    late = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 1}]}}
    repo.put("shop/web", late, roads={"external": {"path": "/v2"}})
    repo.put("search/index", roads={"external": {"path": "/api"}})
    run = repo.compile()
    assert {d.app for d in run.diagnostics} == {"shop/web", "search/index"}, run
    assert "SF412" in run.codes
    assert overlays(repo) == before


def test_objects_of_the_platform_are_rejected(repo):
    """ServiceAccount/default belongs to the tenancy; an app of that name, or with that object, would replace it."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    repo.put("shop/default")
    repo.put("pay/cards", account)
    repo.put("search/default-deny", roads={"direct": {}})  # its policy would replace the default policy
    run = repo.compile()
    assert sorted(problems(run, "SF453")) == [
        ("pay/cards", "ServiceAccount/default belongs to the platform in the namespace of every team"),
        (
            "search/default-deny",
            "NetworkPolicy.networking.k8s.io/default-deny belongs to the platform in the namespace of every team",
        ),
        ("shop/default", "ServiceAccount/default belongs to the platform in the namespace of every team"),
    ]
    assert overlays(repo) == {}


@pytest.mark.parametrize("identity", ["irsa", "pod-identity"])
def test_tenancy_objects_are_reserved(repo, identity):
    """The list of reserved objects has every object of the library's tenancy."""
    repo.data["platform"]["identity"] = identity
    repo.write_fleet()
    repo.compile()
    kinds = set()
    for path in repo.out.glob("*/*/*/_tenancy/shop.yaml"):
        for item in yaml.safe_load_all(path.read_text()):
            if item["kind"] != "Namespace":
                group = item["apiVersion"].rpartition("/")[0]
                kinds.add(f"{item['kind']}{'.' + group if group else ''}/{item['metadata']['name']}")
    assert len(kinds) >= 8
    assert kinds <= TENANCY


def test_gateway_objects_are_reserved(repo):
    """The data center's namespace has a Service for each app beside the gateway's own objects."""
    repo.put("shop/web")
    repo.compile()
    names = set()
    for path in repo.out.glob("prod/dc1/dc1-a/_platform/*.yaml"):
        for item in yaml.safe_load_all(path.read_text()):
            if item["metadata"].get("namespace") == "dc1":
                names.add((item["kind"], item["metadata"]["name"]))
    services = {name for kind, name in names if kind == "Service"}
    assert "web" in services
    assert all(name == "web" or name.startswith("sixfold-") for name in services)
    repo.put("shop/sixfold-gateway-peer")
    assert repo.compile().codes == ["SF454"]


def test_facts_name_the_objects_of_every_app(repo):
    repo.put("shop/web", config("settings"))
    repo.compile()
    record = json.loads((repo.out / "prod/dc2/facts.json").read_bytes())["apps"]["shop/web"]
    overlay = (repo.out / "prod/dc2/dc2-a/shop/web.yaml").read_text()
    assert len(record["objects"]) == len(list(yaml.safe_load_all(overlay)))
    assert {"ConfigMap/settings", "Deployment.apps/web", "Service/web"} <= set(record["objects"])
