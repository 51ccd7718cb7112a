"""An app's layers, merged for every data center: versions of release files, and the places of calls."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import Span
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.releases import Version
from sixfold_compiler.inputs.sources import ManifestFile
from sixfold_compiler.manifest.load import ManifestText
from sixfold_compiler.manifest.prepare import prepare
from sixfold_compiler.model.addresses import AppKey, Cell
from tests.support.repos import Inline, Repo, manifest, team

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
FILE = ManifestFile(Path("apps/shop/web.yaml"), "apps/shop/web.yaml", Path(), AppKey("shop", "web"))
RELEASE = Version("2.5", Span("releases/prod/shop.yaml", 5, 3))


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    repo = Repo(tmp_path_factory.mktemp("fleet"), ())
    repo.data["teams"]["shop"] = team(defaults={"calls": [{"app": "auth"}]})
    repo.data["teams"]["search"] = team(dataCenters={})
    repo.write_fleet()
    return load_fleet(repo.folder / "environments", Inline())


def prepared(fleet, text: str, **versions: Version):
    return prepare(fleet, ManifestText(FILE, text.encode()), versions)


def test_a_release_file_sets_the_version_of_the_image_and_nothing_else(fleet) -> None:
    result = prepared(fleet, manifest("shop/web", image="registry.example.com/web"), prod=RELEASE)
    assert result.diagnostics == ()
    assert {json.loads(cell.spec)["image"] for cell in result.cells.values()} == {"registry.example.com/web:2.5"}
    assert json.loads(prepared(fleet, manifest("shop/web")).cells[DC1].spec)["image"].endswith(":1.0")


def test_a_version_without_an_image_reports_the_missing_image(fleet) -> None:
    result = prepared(fleet, manifest("shop/web", image=None), prod=RELEASE)
    assert [problem.code for problem in result.diagnostics] == ["SF210"]
    assert "spec.image" in result.diagnostics[0].message


def test_an_image_without_a_version_names_the_environments_without_a_release(
    fleet,
) -> None:
    (problem,) = prepared(fleet, manifest("shop/web", image="registry.example.com/web")).diagnostics
    assert problem.code == "SF211"
    assert "releases/prod/shop.yaml" in problem.help


def test_an_app_without_cells_is_reported_at_its_team(fleet) -> None:
    file = ManifestFile(Path("apps/search/index.yaml"), "apps/search/index.yaml", Path(), AppKey("search", "index"))
    result = prepare(fleet, ManifestText(file, manifest("search/index").encode()), {})
    (problem,) = result.diagnostics
    assert (result.failed, problem.code) == (True, "SF410")
    assert "search/index" in problem.message
    assert (problem.span.line, problem.span.column) == (5, 3), "metadata.team"
    assert not prepared(fleet, manifest("shop/web")).failed


def test_every_call_has_the_place_of_the_strongest_layer_that_names_it(fleet) -> None:
    """A call from the team's defaults in the fleet is shown at the manifest's spec."""
    text = """\
apiVersion: sixfold.dev/v1
kind: App
metadata: {name: web, team: shop}
spec:
  image: app:1
  calls:
    - {app: cards}
    - {app: stock}
  overrides:
    - match: {environment: prod}
    - match: {dataCenter: dc2}
      spec: {calls: [{app: stock, road: direct}, {app: feed}]}
"""
    result = prepared(fleet, text)
    assert result.diagnostics == ()

    def places(cell: Cell):
        names = [call["app"] for call in json.loads(result.cells[cell].spec)["calls"]]
        spans = result.cells[cell].call_spans
        return {name: (span.line, span.column) for name, span in zip(names, spans, strict=True)}

    assert places(DC1) == {"auth": (4, 1), "cards": (7, 7), "stock": (8, 7)}
    assert places(DC2) == {"auth": (4, 1), "cards": (7, 7), "stock": (12, 22), "feed": (12, 50)}
