"""Values of an app that break the files that teams share: the app fails alone, and the others are compiled."""

from __future__ import annotations

import pytest

from sixfold_compiler.checks import shared
from tests.support.histories import STOCK, clean_tree

# An extension in whose platform some app names break the files of a cluster, each in another way.
BREAKING = """{
  roads+: {
    service(service, namespace, backend, near)::
      if service.name == 'raises' then error 'no such service'
      else super.service(service, namespace, backend, near) + (
        if service.name == 'twice' then { spec+: { ports+: super.ports } }
        else if service.name == 'digit' then { metadata+: { name: '1digit' } }
        else if service.name == 'unknown' then { spec+: { prots: [] } }
        else {}
      ),
  },
  systems+: { mesh+: { envoy+: { proxy+: {
    timeout(stop):: if stop.service == 'forever' then '99999999999999999s' else super.timeout(stop),
    table(number, stops)::
      local more = [stop { domains: ['web.dc1'] } for stop in stops if stop.service == 'taken'];
      super.table(number, stops + more),
  } } } },
}"""
FAST = {"engine": "rjsonnet"}  # where no message matters: the reference engine takes far longer for its own
BREAKS = {
    "raises": ("SF505", "no such service"),
    "twice": ("SF507", "Service/twice: spec.ports has the port 8080/TCP 2 times"),
    "digit": ("SF507", "Service/1digit: metadata.name is '1digit', which is not a valid name"),
    "unknown": ("SF507", "Service/unknown: spec.prots"),
    "forever": ("SF507", "has the timeout '99999999999999999s' for shop/forever/http, which Envoy cannot read"),
    "taken": ("SF507", "has the virtual host 'shop/taken/http' more than once"),
}


@pytest.fixture(scope="module")
def extended(compiled, tmp_path_factory):
    """Compile the repo with the extension. Do not change it: copy it."""
    repo = compiled.copied_to(tmp_path_factory.mktemp("extended") / "repo")
    repo.write("environments/lib/main.libsonnet", BREAKING)
    repo.compile()
    return repo


@pytest.mark.parametrize("name", BREAKS)
def test_an_app_that_breaks_shared_files_fails_alone_with_the_reason(extended, tmp_path, name) -> None:
    repo = extended.copied_to(tmp_path / "repo")
    before = repo.tree()
    repo.put(f"shop/{name}")
    repo.put("pay/more", replicas=2)
    run = repo.compile()
    code, text = BREAKS[name]
    assert {(d.code, d.app) for d in run.diagnostics} == {(code, f"shop/{name}")}, run
    assert any(text in d.message for d in run.diagnostics), run
    assert str(run.diagnostics[0].span).startswith(f"apps/shop/{name}.yaml:4:3")
    assert not run.fatal
    (repo.folder / f"apps/shop/{name}.yaml").unlink()
    repo.compile()
    assert repo.tree() == clean_tree(repo) != before


def test_an_app_that_fails_for_its_change_keeps_what_it_had(repo) -> None:
    repo.write(
        "environments/lib/main.libsonnet", BREAKING.replace("== 'raises'", "== 'web' && service.ports[0].port == 1")
    )
    repo.compile()
    before = repo.tree()
    repo.put("shop/web", ports=[{"name": "http", "port": 1}])
    run = repo.compile(**FAST)
    assert [(d.code, d.app) for d in run.diagnostics] == [("SF505", "shop/web")]
    assert repo.tree() == before


def test_a_caller_of_the_app_is_compiled_with_what_the_app_keeps(repo) -> None:
    repo.write(
        "environments/lib/main.libsonnet", BREAKING.replace("== 'raises'", "== 'stock' && service.ports[0].port == 1")
    )
    repo.put("shop/stock")
    repo.put("shop/web", **STOCK)
    repo.compile()
    before = repo.tree()
    repo.put("shop/stock", ports=[{"name": "http", "port": 1}])
    repo.put("shop/web", **STOCK, command=["serve"])
    run = repo.compile(**FAST)
    assert [d.app for d in run.diagnostics] == ["shop/stock"]
    changed = {path for path, data in repo.tree().items() if before.get(path) != data and path.endswith(".yaml")}
    assert {path.rpartition("/")[2] for path in changed} == {"web.yaml"}
    assert all(b"stock.dc1.svc.cluster.local:8080" in repo.tree()[path] for path in changed if "/dc1/" in path)


def test_several_apps_fail_and_those_between_them_do_not(extended, tmp_path) -> None:
    repo = extended.copied_to(tmp_path / "repo")
    for name in ("aa", "digit", "forever", "mm", "raises", "taken", "twice", "zz"):
        repo.put(f"shop/{name}")
    run = repo.compile(**FAST)
    assert {d.app for d in run.diagnostics} == {f"shop/{name}" for name in BREAKS if name != "unknown"}
    assert {path.rpartition("/")[2] for path in run.overlays} == {"aa.yaml", "mm.yaml", "zz.yaml"}


def test_a_fault_of_the_fleet_is_charged_to_no_app(repo) -> None:
    repo.write("environments/lib/main.libsonnet", "{ roads+: { services(ctx, backends):: error 'always' } }")
    before = repo.tree()
    repo.put("shop/more")
    run = repo.compile(**FAST)
    assert [(d.code, d.app) for d in run.diagnostics] == [("SF505", "")]
    assert run.fatal
    assert repo.tree() == before


def test_who_adds_most_fails_when_a_shared_file_grows_too_large(repo, monkeypatch) -> None:
    monkeypatch.setattr(shared, "LARGEST", 40_000)
    repo.put("shop/aaa", ports=[{"name": f"p{n}", "port": 9000 + n} for n in range(100)])
    repo.put("shop/zzz")
    run = repo.compile()
    assert {(d.code, d.app) for d in run.diagnostics} == {("SF507", "shop/aaa")}
    for problem in run.diagnostics:
        assert "ConfigMap/sixfold-gateway-upstreams has " in problem.message
        assert "may have at most 40,000; the largest parts: aaa in shop" in problem.message
    assert any(path.endswith("/zzz.yaml") for path in run.overlays)
