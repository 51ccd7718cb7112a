"""Conflicts over names: who keeps a name, who loses, and the findings of the losers.

`tests/properties/isolation` tests the same with random apps.
"""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import Span
from sixfold_compiler.inputs.sources import ManifestFile
from sixfold_compiler.manifest.prepare import Prepared
from sixfold_compiler.model.addresses import AppKey, Cell
from sixfold_compiler.pipeline.app_state import FailedApp, PreparedApp, TreeApp, UnchangedApp
from sixfold_compiler.pipeline.name_claims import lost_names
from sixfold_compiler.placement import Host, Placement
from tests.support.facts import facts_of, record_of
from tests.support.placements import fleet_input
from tests.support.repos import FLEET, cluster

DC1, DC2, DEV = Cell("prod", "dc1"), Cell("prod", "dc2"), Cell("dev", "dc1")
PLACED = Placement({(DC1, "shop"): (Host("dc1-a", 100),), (DC1, "pay"): (Host("dc1-a", 100),)}, {})
PLACE = Span("apps/x.yaml", 3, 12)


def fleet(**endpoints: str):
    return fleet_input({**copy.deepcopy(FLEET), "endpoints": endpoints})


def facts(name: str, cells=(DC1,), roads=None, clusters=()):
    own = facts_of(name, roads=roads, clusters=dict.fromkeys(clusters, 100))
    return dict.fromkeys(cells, own)


def tree(name: str, old=None) -> TreeApp:
    return TreeApp(AppKey.parse(name), {cell: record_of(value) for cell, value in (old or {}).items()})


def kept(name: str, kind=UnchangedApp, **fields):
    return kind(tree(name, facts(name, **fields)))


def changed(name: str, old=None, **fields) -> PreparedApp:
    """Return an app that is new, or that had the facts `old`."""
    key = AppKey.parse(name)
    file = ManifestFile(Path(f"{name}.yaml"), f"apps/{name}.yaml", Path(), key)
    return PreparedApp(tree(name, old), file, "", Prepared(key, span=PLACE), facts(name, **fields))


def lost(*apps, scheme=None, placement=PLACED) -> dict[str, str]:
    """Return the code of each loser by key."""
    problems = lost_names(fleet(**(scheme or {})), placement, {app.key: app for app in apps})
    assert all(len(own) == 1 and own[0].app == key and own[0].span == PLACE for key, own in problems.items())
    return {str(key): problem.code for key, (problem,) in problems.items()}


def message(*apps, scheme=None) -> str:
    (problem,) = (
        p for own in lost_names(fleet(**(scheme or {})), PLACED, {a.key: a for a in apps}).values() for p in own
    )
    return problem.message


def edge(host: str, *shared: str, path: str = "/") -> dict:
    return {"external": {"host": host, "path": path, "sharedWith": list(shared)}}


OWN = edge("own.example.org")


@pytest.mark.parametrize(
    ("apps", "expected"),
    [
        ([changed("shop/web"), changed("pay/cards")], {}),
        # Of two new apps the first keeps the name, and an app with a record in the tree keeps it before all new ones.
        ([changed("shop/web"), changed("pay/web")], {"shop/web": "SF407"}),
        ([changed("pay/web"), changed("shop/web", facts("shop/web"))], {"pay/web": "SF407"}),
        ([changed("pay/web"), kept("shop/web")], {"pay/web": "SF407"}),
        ([changed("pay/web"), kept("shop/web", FailedApp)], {"pay/web": "SF407"}),
        # In another data center of the environment the name has the same owner.
        ([changed("shop/web"), changed("pay/web", cells=[DC2])], {"shop/web": "SF407"}),
        ([changed("shop/web"), kept("pay/web", cells=[DC2])], {"shop/web": "SF407"}),
        ([changed("shop/web"), changed("pay/web", cells=[DEV])], {}),
        # A name that its owner gives up is free.
        ([changed("pay/cards", roads=OWN), changed("shop/web", facts("shop/web", roads=OWN))], {}),
        ([changed("pay/cards", roads=OWN), changed("shop/web", facts("shop/web", roads=OWN), roads=OWN)], {"pay/cards": "SF412"}),
        # A loser takes its previous names back, even from a new app, which then loses.
        (
            [
                changed("shop/web", facts("shop/web", roads=OWN), roads=edge("taken.example.org")),
                changed("pay/cards", roads=OWN),
                kept("search/index", roads=edge("taken.example.org")),
            ],
            {"shop/web": "SF412", "pay/cards": "SF412"},
        ),
        # An agreement of the owner admits the app, and one that ends with this compile does not.
        ([kept("shop/web", roads=edge("own.example.org", "pay")), changed("pay/cards", roads=edge("own.example.org", path="/p"))], {}),
        (
            [
                changed("shop/web", facts("shop/web", roads=edge("own.example.org", "pay")), roads=OWN),
                changed("pay/cards", roads=edge("own.example.org", path="/p")),
            ],
            {"pay/cards": "SF412"},
        ),
        # Apps that do not change keep what they have.
        ([kept("shop/web"), kept("pay/web")], {}),
    ],
)  # fmt: skip
def test_a_name_stays_with_the_app_that_has_it(apps, expected) -> None:
    assert lost(*apps) == expected


def test_a_loser_that_is_marked_as_failed_is_not_lost_again() -> None:
    assert lost(kept("pay/web", FailedApp), changed("shop/cards")) == {}
    assert lost(kept("pay/web"), FailedApp(tree("shop/web"))) == {}


def test_a_road_has_the_address_of_the_naming_scheme() -> None:
    roads = {"intra-dc": {}}
    assert lost(changed("shop/web", roads=roads), changed("shop/cards", roads=roads)) == {}
    joined = {"intraDc": "{team}.{dc}.svc.{domain}"}
    apps = changed("shop/web", roads=roads), changed("shop/cards", roads=roads)
    assert lost(*apps, scheme=joined) == {"shop/web": "SF407"}
    # It may be what is the name of another app's Service.
    assert lost(changed("shop/web", roads=roads), kept("pay/shop"), scheme=joined) == {"shop/web": "SF407"}
    assert lost(changed("shop/web", roads=roads), kept("pay/shop", cells=[DC2]), scheme=joined) == {}


@pytest.mark.parametrize(("scheme", "loser"), [("{team}.{domain}", True), ("{team}.{dc}.{domain}", False)])
def test_the_private_zone_has_one_answer_for_all_data_centers(scheme, loser) -> None:
    roads = {"inter-dc": {}}
    apps = kept("shop/web", cells=[DC2], roads=roads), changed("shop/cards", roads=roads)
    assert bool(lost(*apps, scheme={"interDc": scheme})) is loser


def test_applications_of_apps_of_clusters_and_of_namespaces_have_different_names() -> None:
    assert lost(changed("shop/web", clusters=["dc1-a"])) == {}
    # prod-dc1-a-shop-web is the app web of the team shop, or the app shop-web of none.
    twin = facts_of("pay/web", namespace="shop", clusters={"dc1-a": 100})
    key = AppKey("pay", "web")
    other = UnchangedApp(TreeApp(key, {DC2: record_of(twin)}))
    assert lost(changed("shop/web", clusters=["dc1-a"]), other) == {"shop/web": "SF409"}


def test_applications_are_not_named_like_those_of_clusters_and_of_other_teams_namespaces() -> None:
    web = changed("shop/web", clusters=["dc1-a"])
    own = Placement({(DC1, "shop"): (Host("dc1-a", 100),), (DC1, "shop-web"): (Host("dc1-b", 100),)}, {})
    assert lost(web, placement=own) == {}
    taken = Placement({(DC1, "shop-web"): (Host("dc1-a", 100),)}, {})
    assert lost(web, placement=taken) == {"shop/web": "SF409"}
    data = copy.deepcopy(FLEET)
    clusters = data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]
    clusters["dc1-a-shop-web"] = cluster("dc1-a-shop-web")
    assert list(lost_names(fleet_input(data), PLACED, {web.key: web})) == ["shop/web"]


def test_what_a_loser_would_have_had_is_free_for_others() -> None:
    """The app cards loses because web takes its host back. Its road is then free for an app in another data center."""
    web = changed("shop/web", facts("shop/web", roads=OWN), roads=edge("taken.example.org"))
    cards = changed("pay/cards", facts("pay/cards"), roads=OWN | {"inter-dc": {}})
    other = changed("search/other", cells=[DC2], roads={"inter-dc": {}})
    index = kept("search/index", roads=edge("taken.example.org"))
    scheme = {"interDc": "{environment}.{domain}"}
    assert lost(cards, other, scheme=scheme) == {"search/other": "SF407"}
    assert lost(web, cards, other, index, scheme=scheme) == {"shop/web": "SF412", "pay/cards": "SF412"}


def test_the_finding_names_the_app_of_the_own_team_and_only_the_team_of_another() -> None:
    own = message(kept("shop/web", roads=OWN), changed("shop/cards", roads=OWN))
    assert own.startswith("own.example.org/ belongs to shop/web in prod")
    other = message(kept("pay/web", roads=OWN), changed("shop/cards", roads=OWN))
    assert other.startswith("own.example.org/ belongs to team pay in prod")
    assert message(kept("pay/web"), changed("shop/web")) == (
        "the service name 'web' belongs to team pay in prod/dc1"
    )  # fmt: skip
