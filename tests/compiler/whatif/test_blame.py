"""Places of broken apps: the autoscaler's maximum, the manifest, or the team in the fleet."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.sources import discover
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.whatif import Broken
from sixfold_compiler.whatif.blame import Blame
from tests.support.repos import Inline, Repo

DC1 = Cell("prod", "dc1")


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path, ("pay/cards",))


def place(repo, team, app, reason, change=lambda: None):
    """Return the place of a broken app; `change` runs after the manifests were discovered."""
    fleet = load_fleet(repo.folder / "environments", Inline())
    blame = Blame(fleet, discover((), repo.folder).manifests)
    change()
    span = blame.span(Broken(DC1, team, app, Fraction(10), {reason: Fraction(1)}))
    assert span is not None
    return span.file, (repo.folder / span.file).read_text().splitlines()[span.line - 1].strip() if span.line else ""


def test_a_small_maximum_points_to_its_line_for_that_data_center(repo) -> None:
    own = {"match": {"dataCenter": "dc1"}, "spec": {"autoscaling": {"max": 7}}}
    repo.put("shop/web", autoscaling={"min": 1, "max": 5, "cpu": 60}, overrides=[own])
    assert place(repo, "shop", "web", "maximum") == ("apps/shop/web.yaml", "max: 7")
    repo.put("shop/web", autoscaling={"min": 1, "max": 5, "cpu": 60})
    assert place(repo, "shop", "web", "maximum") == ("apps/shop/web.yaml", "max: 5")


def test_a_broken_app_without_a_small_maximum_points_to_its_manifest(repo) -> None:
    repo.put("shop/web", autoscaling={"min": 1, "max": 5, "cpu": 60})
    assert place(repo, "shop", "web", "pending") == ("apps/shop/web.yaml", "name: web")
    assert place(repo, "pay", "cards", "maximum") == ("apps/pay/cards.yaml", "name: cards")


def test_an_app_without_a_manifest_here_leads_to_its_team_in_the_fleet(repo) -> None:
    file, line = place(repo, "search", "index", "pending")
    assert (file, line.partition(":")[0]) == ("environments/fleet.jsonnet", '"search"')


@pytest.mark.parametrize("damage", ["gone", "broken"])
def test_a_manifest_that_changed_meanwhile_leads_to_its_team(repo, damage) -> None:
    path = repo.put("shop/web")
    change = path.unlink if damage == "gone" else lambda: path.write_text("{")
    assert place(repo, "shop", "web", "pending", change)[0] == "environments/fleet.jsonnet"
