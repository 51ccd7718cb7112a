"""Conflicts over objects of one namespace: who keeps an object, who loses, and the findings of the losers."""

from __future__ import annotations

from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import Span
from sixfold_compiler.inputs.sources import ManifestFile
from sixfold_compiler.manifest.prepare import Prepared
from sixfold_compiler.model.addresses import AppKey, Cell
from sixfold_compiler.pipeline.app_state import FailedApp, PreparedApp, RenderedApp, TreeApp, UnchangedApp
from sixfold_compiler.pipeline.object_claims import lost_objects
from tests.support.facts import facts_of, record_of

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
NAMES = "ConfigMap/names"
TENANT = "ServiceAccount/default"


def tree(name: str, *objects: str, cells=()) -> TreeApp:
    """Return an app with these objects in the previous tree; a new app without any."""
    key = AppKey.parse(name)
    return TreeApp(key, {cell: record_of(facts_of(name), *objects) for cell in cells or ([DC1] if objects else [])})


def manifest(name: str) -> ManifestFile:
    return ManifestFile(Path(f"{name}.yaml"), f"apps/{name}.yaml", Path(), AppKey.parse(name))


def kept(name: str, *objects: str, kind=UnchangedApp, file=None):
    return kind(tree(name, *objects), file)


def prepared(name: str, *old: str, plain=None) -> PreparedApp:
    place = Span(f"apps/{name}.yaml", 3, 12)
    values = Prepared(AppKey.parse(name), span=place, plain=plain or {})
    return PreparedApp(tree(name, *old), manifest(name), "", values, {})


def rendered(name: str, *objects: str, old=(), cells=(DC1,), plain=None) -> RenderedApp:
    app = prepared(name, *old, plain=plain)
    return RenderedApp.of(app, "", {}, {cell: frozenset(objects) for cell in cells})


def losers(*apps) -> dict[str, list[str]]:
    lost = lost_objects({app.key: app for app in apps})
    return {str(key): [problem.code for problem in problems] for key, problems in lost.items()}


@pytest.mark.parametrize(
    ("apps", "expected"),
    [
        ([rendered("shop/a", NAMES)], {}),
        ([rendered("shop/a", NAMES), rendered("shop/b", "ConfigMap/others")], {}),
        ([rendered("shop/a", NAMES), rendered("pay/b", NAMES)], {}),
        # Of two new apps the first keeps it, and an app with the object in the tree keeps it before all others.
        ([rendered("shop/b", NAMES), rendered("shop/a", NAMES)], {"shop/b": ["SF452"]}),
        ([rendered("shop/a", NAMES), rendered("shop/b", NAMES, old=[NAMES])], {"shop/a": ["SF452"]}),
        ([rendered("shop/a", NAMES), kept("shop/b", NAMES)], {"shop/a": ["SF452"]}),
        ([rendered("shop/a", NAMES), kept("shop/b", NAMES, kind=FailedApp)], {"shop/a": ["SF452"]}),
        # Of two apps in the tree that want the same new object the first gets it, though a new one sorts before.
        (
            [rendered("shop/a", NAMES), rendered("shop/b", NAMES, old=["Job/b"]), rendered("shop/c", NAMES, old=["Job/c"])],
            {"shop/a": ["SF452"], "shop/c": ["SF452"]},
        ),
        # What an app no longer has is free, unless the app fails and takes it back.
        ([rendered("shop/a", NAMES), rendered("shop/b", old=[NAMES])], {}),
        (
            [rendered("shop/a", NAMES), rendered("shop/b", TENANT, old=[NAMES])],
            {"shop/b": ["SF453"], "shop/a": ["SF452"]},
        ),
        # An app that is not rendered yet claims nothing, and loses nothing.
        ([prepared("shop/a"), rendered("shop/b", NAMES)], {}),
        ([prepared("shop/a", NAMES), rendered("shop/b", NAMES)], {}),
        # Only changed apps lose.
        ([kept("shop/a", NAMES), kept("shop/b", NAMES), rendered("shop/c")], {}),
        ([kept("shop/a", TENANT), rendered("shop/c")], {}),
        ([rendered("shop/a", TENANT, "ResourceQuota/team", NAMES)], {"shop/a": ["SF453", "SF453"]}),
    ],
)  # fmt: skip
def test_an_object_stays_with_the_app_that_has_it(apps, expected) -> None:
    assert losers(*apps) == expected


@pytest.mark.parametrize(("cells", "lost"), [([DC1], True), ([DC2], False), ([DC2, DC1], True)])
def test_objects_conflict_within_a_data_center(cells, lost) -> None:
    assert bool(losers(rendered("shop/b", NAMES, cells=cells), kept("shop/a", NAMES))) is lost


def test_apps_that_have_failed_are_not_lost_again() -> None:
    apps = [rendered("shop/a", NAMES), FailedApp(tree("shop/b"), manifest("shop/b"))]
    assert losers(*apps) == {}


def test_the_finding_is_at_the_document_of_the_object_or_at_the_name_of_the_app() -> None:
    own = Span("apps/shop/b.yaml", 20, 1)
    plain = {("ConfigMap", "names"): own, ("ServiceMonitor", "m"): own}
    monitor = "ServiceMonitor.monitoring.coreos.com/m"
    for name, place in ((NAMES, own), (monitor, own), ("Job/b", Span("apps/shop/b.yaml", 3, 12))):
        app = rendered("shop/b", name, plain=plain)
        ((problem,),) = lost_objects({app.key: app, AppKey("shop", "a"): kept("shop/a", name)}).values()
        assert (problem.span, problem.app, problem.related) == (place, "shop/b", ())
        assert f"shop/a and shop/b both have the object {name} " in problem.message


def test_the_finding_shows_the_manifest_of_the_other_app_and_counts_data_centers() -> None:
    other = UnchangedApp(tree("shop/a", NAMES, cells=(DC1, DC2)), manifest("shop/a"))
    app = rendered("shop/b", NAMES, cells=(DC2, DC1))
    ((problem,),) = lost_objects({app.key: app, other.key: other}).values()
    assert problem.related == (Span("apps/shop/a.yaml", label="the other"),)
    assert problem.message.endswith("in the same namespace of prod/dc1 and 1 more")


def test_an_object_of_the_platform_is_named_at_its_document() -> None:
    app = rendered("shop/a", TENANT, plain={("ServiceAccount", "default"): Span("apps/shop/a.yaml", 9, 1)})
    ((problem,),) = lost_objects({app.key: app}).values()
    assert (problem.code, problem.app, str(problem.span)) == ("SF453", "shop/a", "apps/shop/a.yaml:9:1")
    assert problem.message.startswith(f"{TENANT} ")
