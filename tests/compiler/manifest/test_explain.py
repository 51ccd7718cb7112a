"""Explain: every layer that states a field, with its place, on every environment and data center."""

from __future__ import annotations

import os

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.inputs.options import Options
from sixfold_compiler.manifest.explain import explain
from tests.support.repos import ENVIRONMENTS, EXAMPLES, Repo, team

WEB = """\
apiVersion: sixfold.dev/v1
kind: App
metadata: {name: web, team: shop}
spec:
  image: registry.example.com/web
  replicas: 4
  env:
    - {name: LOG, value: info}
    - {name: MODE, value: plain}
  overrides:
    - match: {environment: prod}
      spec:
        env: [{name: LOG, value: warn}]
    - match: {dataCenter: dc2}
      spec:
        replicas: 2
        env:
          - {name: NEW, value: "1"}
          - {name: LOG, value: error}
    - match: {environment: prod, dataCenter: dc1}
      spec: {replicas: null}
"""
RELEASE = """\
apiVersion: sixfold.dev/v1
kind: Release
environment: prod
apps:
  shop/web: "2.5"
"""


@pytest.fixture
def repo(tmp_path, monkeypatch):
    repo = Repo(tmp_path / "repo", ("pay/cards",))
    repo.data["defaults"] |= {"replicas": 1}
    repo.data["teams"]["shop"] = team(defaults={"replicas": 3})
    repo.write_fleet()
    repo.write("apps/shop/web.yaml", WEB)
    repo.write("releases/prod/shop.yaml", RELEASE)
    monkeypatch.chdir(repo.folder)
    return repo


def chains(repo, field: str, app: str = "shop/web", at: str = ""):
    explanation = explain(repo.options(), app, field, at)
    return {t.cell: (t.value, [(s.layer, s.value, str(s.span)) for s in t.chain]) for t in explanation.targets}


def line(repo, text: str) -> tuple[int, int]:
    lines = (repo.folder / "environments/fleet.jsonnet").read_text().splitlines()
    number = next(i for i, row in enumerate(lines, 1) if text in row)
    return number, lines[number - 1].index('"') + 1


def test_the_chain_lists_layers_from_the_weakest_to_the_strongest(repo) -> None:
    row, column = line(repo, '"replicas": 1')
    team_row, team_column = line(repo, '"replicas": 3')
    fleet = [
        ("fleet defaults", 1, f"environments/fleet.jsonnet:{row}:{column}"),
        ("team defaults", 3, f"environments/fleet.jsonnet:{team_row}:{team_column}"),
        ("manifest", 4, "apps/shop/web.yaml:6:3"),
    ]
    explained = chains(repo, "replicas")
    assert explained["prod/dc2"] == (2, [*fleet, ("override (dataCenter=dc2)", 2, "apps/shop/web.yaml:16:9")])
    assert explained["prod/dc1"] == (
        None,
        [*fleet, ("override (environment=prod dataCenter=dc1)", None, "apps/shop/web.yaml:21:14")],
    )


def test_list_items_are_found_by_name(repo) -> None:
    assert chains(repo, "env.LOG.value") == {
        "prod/dc1": ("warn", [("manifest", "info", "apps/shop/web.yaml:8:19"), ("override (environment=prod)", "warn", "apps/shop/web.yaml:13:27")]),
        "prod/dc2": ("error", [
            ("manifest", "info", "apps/shop/web.yaml:8:19"),
            ("override (environment=prod)", "warn", "apps/shop/web.yaml:13:27"),
            ("override (dataCenter=dc2)", "error", "apps/shop/web.yaml:19:25"),
        ]),
    }  # fmt: skip
    assert set(chains(repo, "env.NEW.value")) == {"prod/dc2"}


def test_the_release_file_is_a_layer(repo) -> None:
    value, chain = chains(repo, "image")["prod/dc1"]
    assert value == "registry.example.com/web:2.5"
    assert chain == [
        ("manifest", "registry.example.com/web", "apps/shop/web.yaml:5:3"),
        ("release", "registry.example.com/web:2.5", "releases/prod/shop.yaml:5:3"),
    ]


@pytest.mark.parametrize("field", ["spec.env.LOG.value", "env[0].value", "env.0.value"])
def test_a_field_has_several_spellings(repo, field) -> None:
    assert chains(repo, field)["prod/dc1"][0] == "warn"


def test_the_explanation_can_be_limited_to_a_cell(repo) -> None:
    assert set(chains(repo, "replicas", at="prod")) == {"prod/dc1", "prod/dc2"}
    assert set(chains(repo, "replicas", at="prod/dc2")) == {"prod/dc2"}
    assert set(chains(repo, "replicas", at="prod/dc2/")) == {"prod/dc2"}


def test_cells_without_the_app_are_left_out(repo) -> None:
    repo.put("pay/cards", dataCenters={"prod": ["dc2"]}, replicas=2)
    assert set(chains(repo, "replicas", "pay/cards")) == {"prod/dc2"}


def test_an_app_is_found_by_its_name_alone_when_one_team_has_it(repo) -> None:
    assert chains(repo, "replicas", "web") == chains(repo, "replicas")
    repo.put("pay/web")
    with pytest.raises(DiagnosticError) as caught:
        chains(repo, "replicas", "web")
    (problem,) = caught.value.diagnostics
    assert problem.code == "SF221"
    assert "pay/web or shop/web" in problem.message


@pytest.mark.parametrize(
    ("app", "field", "code", "words"),
    [
        ("shop/wbe", "replicas", "SF221", "did you mean 'shop/web'?"),
        ("shop/web", "replcas", "SF222", "did you mean 'replicas'?"),
        ("shop/web", "resources.request.cpu", "SF222", "did you mean 'requests'?"),
        ("shop/web", "autoscaling.mn", "SF222", "did you mean 'min'?"),
        ("shop/web", "env.LOG.vale", "SF222", "did you mean 'value'?"),
        ("shop/web", "ports[0].prot", "SF222", "did you mean 'port'?"),
        ("shop/web", "replicas.min", "SF222", "did you mean 'replicas'?"),
        ("shop/web", "resources.requests.cpu", "SF222", "default"),
        ("shop/web", "resources.requests.example.com/gpu", "SF222", "default"),
        ("shop/web", "schedule.cron", "SF222", "default"),
        ("shop/web", "env.NOTHING", "SF222", "default"),
        ("shop/web", "autoscaling.behavior.scaleUp.policies", "SF222", "default"),
        ("shop/web", "dataCenters.prod[0]", "SF222", "default"),
        ("shop/web", "dataCenters.prod[0].name", "SF222", "did you mean 'dataCenters.prod.0'?"),
    ],
)
def test_unknown_apps_and_fields_get_suggestions(repo, app, field, code, words) -> None:
    with pytest.raises(DiagnosticError) as caught:
        chains(repo, field, app)
    (problem,) = caught.value.diagnostics
    assert problem.code == code
    assert words in problem.help


def test_an_unknown_cell_is_reported(repo) -> None:
    for at, words in (("prod/dc3", "did you mean 'prod/dc"), ("prd", "did you mean 'prod'?")):
        with pytest.raises(DiagnosticError) as caught:
            chains(repo, "replicas", at=at)
        (problem,) = caught.value.diagnostics
        assert (problem.code, problem.message) == ("SF222", f"the fleet has no environment or data center {at!r}")
        assert words in problem.help


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [", "SF100"),
        ("apiVersion: sixfold.dev/v1\nkind: App\nmetadata: {name: web, team: shop}\nspec: {replicas: many}\n", "SF204"),
        (None, "SF111"),
    ],
)
def test_an_unreadable_manifest_is_reported(repo, text, code) -> None:
    path = repo.folder / "apps/shop/web.yaml"
    path.unlink()
    os.mkfifo(path) if text is None else path.write_text(text)
    with pytest.raises(DiagnosticError) as caught:
        chains(repo, "replicas")
    assert caught.value.diagnostics[0].code == code
    assert caught.value.diagnostics[0].span.file == "apps/shop/web.yaml"


def test_a_manifest_of_an_unknown_team_is_rejected(repo) -> None:
    del repo.data["teams"]["shop"]
    repo.write_fleet()
    with pytest.raises(DiagnosticError) as caught:
        chains(repo, "replicas")
    assert caught.value.diagnostics[0].code == "SF205"


def test_the_examples_explain_themselves(monkeypatch) -> None:
    monkeypatch.chdir(EXAMPLES.parent)
    options = Options(fleet=ENVIRONMENTS, base=EXAMPLES / "live")
    explanation = explain(options, "match-service", "autoscaling.min", "prod")
    assert {t.cell: t.value for t in explanation.targets} == {"prod/dc1": 180, "prod/dc2": 60}
    for target in explanation.targets:
        assert [s.layer for s in target.chain][-1] == f"override (environment=prod dataCenter={target.cell[-3:]})"
        assert all(s.span.file.endswith("match-service.yaml") for s in target.chain)
        for step in target.chain:
            row = (EXAMPLES.parent / step.span.file).read_text().splitlines()[step.span.line - 1]
            assert row[step.span.column - 1 :].startswith("min")
