"""The deletion guard: exactly those deletions between two trees pass that are approved or within the budgets.

An input is a list of choices: a world, deletions, tombstones, budgets, units. Oracle:

* in plain worlds a team is held exactly when the independent count of `tests.support.guarding` requires it; the
  platform is never refused; a wider budget or a further tombstone holds no further team; deletions of other teams do
  not change the verdict of a team;
* deletions in two commits within the days of the budget are never more than one commit may delete;
* in wide worlds (clusters, platform files, Argo CD's objects, namespaces of another team, renamed Applications, changed
  units) every missing thing is detected, and nothing that still exists; each is approved, refused or within a budget,
  exactly one of them; a thing that a valid tombstone names is approved; a thing that no budget covers is never deleted
  without a tombstone; and a held team keeps everything.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sixfold_compiler.guard import KINDS, Holdings, judge
from sixfold_compiler.model.tombstone import Deletions, Tombstone
from tests.fuzz.choices import Choices
from tests.support.guarding import APPS, CLUSTERS, OBJECTS, TEAMS, TODAY, holdings, overdrawn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.guard import Drop, Verdict

World = dict[str, dict[str, dict[str, frozenset[str]]]]

WORDS: list[str] = []  # bytes are choices
RUNS = 1000
FAULTS = {
    "a budget allows one deletion too many": ("compiler/sixfold_compiler/guard/judge.py", "self.removed + self.earlier > self.budget", "self.removed + self.earlier > self.budget + 1"),
    "earlier deletions are not counted": ("compiler/sixfold_compiler/guard/judge.py", "                    earlier=past,", "                    earlier=0,"),
    "another unit of Application fits into a budget": ("compiler/sixfold_compiler/guard/drops.py", "always=other_team or other_unit, applications=count", "always=other_team, applications=count"),
    "lost objects of Argo CD are not detected": ("compiler/sixfold_compiler/guard/drops.py", 'items = [item for item in lost(held, new.get(file, "")) if item not in APPLIED_BY_HAND]', "items = ()"),
}  # fmt: skip
UNTIL = ["2026-11-23", "2026-11-24", "2999-01-01"]
AMOUNTS: list[int | str] = [0, 1, 2, 3, 6, "0%", "10%", "34%", "50%", "100%"]
INSTANCES = ["main", "other"]


def check(data: bytes) -> None:
    """Check the property for one input."""
    choices = Choices(data)
    budgets = Deletions(
        applications=choices.pick(AMOUNTS), overlays=choices.pick(AMOUNTS), objects=choices.pick(AMOUNTS),
        minimum=choices.number(3), days=1 + choices.number(9),
    )  # fmt: skip
    tombstones = [entry for _ in range(choices.number(4)) if (entry := tombstone(choices))]
    units = choices.some(TEAMS, 2)
    before = world(choices)
    if choices.chance(2):
        check_wide(choices, before, units, tombstones, budgets)
        return
    after = world(choices) if choices.chance(6) else shrunk(choices, before)
    check_plain(before, after, units, tombstones, budgets)
    check_two_commits(choices, before, units, budgets)


def check_plain(before: World, after: World, units: list[str], tombstones: list[Tombstone], budgets: Deletions) -> None:
    """Compare the verdict for worlds of apps with the independent count."""
    old, new = holdings(before, units), holdings(after, units)
    verdict = judge(old, new, tombstones, budgets, TODAY)
    assert not verdict.platform
    for team in TEAMS:
        excess, left, open_ = overdrawn(team, before, after, tombstones, units, budgets)
        assert (team in verdict.held) == bool(excess or left), (team, excess, left, verdict)
        if team in verdict.held:
            assert verdict.held[team].reasons
            assert open_
        alone = {**before, team: after.get(team, {})}
        single = judge(old, holdings(alone, units), tombstones, budgets, TODAY)
        assert single.held.get(team) == verdict.held.get(team), team
        assert [s for s in single.spent if s.drop.team == team] == [s for s in verdict.spent if s.drop.team == team]
    wider = replace_budgets(budgets)
    assert judge(old, new, tombstones, wider, TODAY).held.keys() <= verdict.held.keys()
    for team in verdict.held:
        with_team = [*tombstones, tombstone_of({"team": team})]
        assert judge(old, new, with_team, budgets, TODAY).held.keys() == verdict.held.keys() - {team}, team
    assert judge(old, old, tombstones, budgets, TODAY) == judge(Holdings(), Holdings(), (), budgets, TODAY), (
        "nothing is missing"
    )


def check_two_commits(choices: Choices, before: World, units: list[str], budgets: Deletions) -> None:
    """Check that deletions that pass in two commits would also pass in one."""
    middle = shrunk(choices, before)
    after = shrunk(choices, middle)
    first = judge(holdings(before, units), holdings(middle, units), (), budgets, TODAY)
    day = TODAY + timedelta(days=choices.number(budgets.days))
    second = judge(holdings(middle, units), holdings(after, units), (), budgets, day, first.spent)
    once = judge(holdings(before, units), holdings(after, units), (), budgets, TODAY)
    for team in TEAMS:
        if team not in first.held and team not in second.held:
            assert team not in once.held, (team, once.held[team], first, second)


def check_wide(
    choices: Choices, world: World, units: list[str], tombstones: list[Tombstone], budgets: Deletions
) -> None:
    """Check the verdict for complete holdings, any part of which may be deleted or changed."""
    before = with_data(choices, holdings(world, units))
    after = changed(choices, before)
    verdict = judge(before, after, tombstones, budgets, TODAY)
    names = [str(drop) for drop in verdict.drops if drop.kind != "road"]
    assert sorted(names) == sorted(set(names)), "a thing is reported twice"
    assert set(names) == missing_names(before, after), set(names) ^ missing_names(before, after)
    held = {drop for hold in verdict.held.values() for drop in hold.drops}
    for drop in verdict.drops:
        where = [drop in verdict.approved, drop in verdict.platform, drop in held]
        assert sum(where) <= 1, (drop, where)
        if any(covers(entry, drop) for entry in tombstones if entry.until >= TODAY.isoformat()):
            assert drop in verdict.approved, (drop, tombstones)
        if not any(where):
            check_passed(drop, before, after, verdict)
    for drop in verdict.approved:
        assert tombstones, drop
    for team, hold in verdict.held.items():
        assert {drop.team for drop in hold.drops} == {team}
        assert hold.reasons, team
    assert verdict.passes == (not verdict.platform and not verdict.held)
    everything = [tombstone_of({"team": team}) for team in TEAMS]
    everything += [tombstone_of({"instance": name}) for name in INSTANCES]
    everything += [tombstone_of({"environment": k.split("/")[0], "cluster": k.split("/")[2]}) for k in CLUSTERS]
    assert judge(before, after, everything, budgets, TODAY).passes, "everything is approved"


def check_passed(drop: Drop, before: Holdings, after: Holdings, verdict: Verdict) -> None:
    """Check that a deletion without a tombstone belongs to a team, is within a budget, and may be covered by one."""
    if drop.kind == "road":
        return  # an object of the platform for an app, which is deleted with the app
    assert drop.team, drop
    assert drop.kind in {"application", "overlay", "object", "tenancy"}, drop
    assert drop.cluster_key in after.clusters, drop
    now = after.clusters[drop.cluster_key].namespaces.get(drop.namespace)
    was = before.clusters[drop.cluster_key].namespaces[drop.namespace]
    assert now is None or now.team == was.team, ("given to another team", drop)
    if drop.kind == "application" and drop.team in after.units:
        assert before.units[drop.team] == after.units[drop.team], ("another unit", drop)
    assert any(
        namespace.team == drop.team
        for cluster in after.clusters.values()
        if cluster.key.rpartition("/")[0] == drop.cell
        for namespace in cluster.namespaces.values()
    ), ("the team leaves the data center", drop)
    for row in verdict.budgets:
        assert row.team != drop.team or not row.exceeded, row
    if drop.applications or drop.overlays or drop.objects:
        assert drop in {entry.drop for entry in verdict.spent}, ("not charged", drop)


def missing_names(before: Holdings, after: Holdings) -> set[str]:
    """Return the guard's names of all that is only in `before`; a cluster counts as one thing with all of its files."""
    drops = set()
    for key, old in before.clusters.items():
        new = after.clusters.get(key)
        if new is None:
            drops.add(f"cluster {key}")
            continue
        if (new.application, new.instance) != (old.application, old.instance):
            drops.add(f"application {old.application}")
        for path in old.files.keys() - new.files.keys():
            tenancy = path.startswith("_tenancy/") and path.removeprefix("_tenancy/").removesuffix(".yaml") in TEAMS
            drops.add(f"{'tenancy' if tenancy else 'platform'} {key}/{path}")
        for name, was in old.namespaces.items():
            now = new.namespaces.get(name)
            kept = now if now is not None and now.team == was.team else None
            flipped = was.team in after.units and after.units[was.team] != before.units[was.team]
            if kept is None or kept.application != was.application or flipped:
                drops.add(f"application {was.application}")
            for app, overlay in was.apps.items():
                path = f"{key}/{name}/{app}.yaml"
                kept_app = kept.apps.get(app) if kept else None
                if kept_app is None:
                    drops.add(f"overlay {path}")
                    continue
                if kept_app.application != overlay.application:
                    drops.add(f"application {overlay.application}")
                for item in set(overlay.holds.split()) - set(kept_app.holds.split()):
                    drops.add(f"object {path}: {item if '/' in item else f'{item}/{app}'}")
    for instance, files in before.argocd.items():
        for file, held in files.items():
            now_held = after.argocd.get(instance, {}).get(file)
            for item in set(held.split()) - set((now_held or "").split()):
                drops.add(f"argocd argocd/{instance}/{file}: {item}")
            if now_held is None and not held:
                drops.add(f"argocd argocd/{instance}/{file}")
    return drops


def covers(entry: Tombstone, drop: Drop) -> bool:
    """Return whether a tombstone names a thing directly."""
    if entry.kind or entry.name:
        kind, _, name = drop.object.partition("/")
        if not drop.object or entry.kind not in (None, kind) or entry.name not in (None, name):
            return False
    if drop.kind == "argocd":
        if entry.cluster:
            return not entry.team and drop.object == f"Secret/cluster-{entry.environment}-{entry.cluster}"
        return (
            not (entry.app or entry.environment)
            and entry.team in (None, drop.team)
            and entry.instance in (None, drop.instance)
        )
    pairs = (
        (entry.environment, drop.environment),
        (entry.cluster, drop.cluster),
        (entry.team, drop.team),
        (entry.app, drop.app),
    )
    return not entry.instance and all(wanted in (None, drops) for wanted, drops in pairs)


def with_data(choices: Choices, original: Holdings) -> Holdings:
    """Return the holdings with files of the platform and of Argo CD."""
    clusters = {}
    for key, cluster in original.clusters.items():
        files = {
            "_platform/gateway.yaml": "Deployment/gateway HTTPRoute/app-1 HTTPRoute/app-2",
            "_platform/priority.yaml": "",
        }
        files |= {f"_tenancy/{name}.yaml": "" for name in cluster.namespaces}
        if choices.chance(6):
            files[f"_tenancy/{choices.pick(TEAMS)}.yaml"] = ""
        clusters[key] = replace(cluster, files=files)
    secrets = " ".join(f"Secret/cluster-{k.split('/')[0]}-{k.split('/')[2]}" for k in CLUSTERS)
    files = {"clusters.yaml": secrets, "bootstrap.yaml": "AppProject/bootstrap"} | {
        f"team-{t}.yaml": f"AppProject/{t} ApplicationSet/{t}" for t in TEAMS
    }
    return replace(original, clusters=clusters, argocd={"main": files, "other": {"empty.yaml": ""}})


def changed(choices: Choices, original: Holdings) -> Holdings:
    """Return the holdings with parts deleted, renamed or given to another team."""
    odds = choices.pick([3, 8, 20, 60])
    clusters: dict[str, Any] = {}
    for key, cluster in original.clusters.items():
        if choices.chance(odds):
            continue
        files = {p: some_objects(choices, odds, h) for p, h in cluster.files.items() if not choices.chance(odds)}
        namespaces = {}
        for name, namespace in cluster.namespaces.items():
            if choices.chance(odds):
                continue
            apps = {}
            for app, overlay in namespace.apps.items():
                if choices.chance(odds):
                    continue
                application = f"{overlay.application}-2" if choices.chance(odds) else overlay.application
                held = some_objects(choices, odds, overlay.holds)
                apps[app] = replace(overlay, application=application, holds=held, objects=len(held.split()))
            if apps:
                team = choices.pick(TEAMS) if choices.chance(odds) else namespace.team
                application = f"{namespace.application}-2" if choices.chance(odds) else namespace.application
                namespaces[name] = replace(namespace, team=team, application=application, apps=apps)
        instance = "other" if choices.chance(odds * 2) else cluster.instance
        clusters[key] = replace(cluster, files=files, namespaces=namespaces, instance=instance)
    argocd = {
        instance: {file: some_objects(choices, odds, held) for file, held in files.items() if not choices.chance(odds)}
        for instance, files in original.argocd.items()
        if not choices.chance(odds)
    }
    units = {
        team: ("app" if unit == "namespace" else "namespace") if choices.chance(odds) else unit
        for team, unit in original.units.items()
        if not choices.chance(odds)
    }
    return Holdings(clusters, units, argocd)


def some_objects(choices: Choices, odds: int, held: str) -> str:
    """Return some of the objects."""
    return " ".join(item for item in held.split() if not choices.chance(odds))


def world(choices: Choices) -> World:
    """Return teams on clusters, with apps of some objects."""
    world: World = {}
    for team in TEAMS:
        for key in choices.some(CLUSTERS, 4):
            apps = {
                app: frozenset(choices.some(OBJECTS, 4) or OBJECTS[:1]) for app in choices.some(APPS, 5) or APPS[:1]
            }
            world.setdefault(team, {})[key] = apps
    return world


def shrunk(choices: Choices, original: World) -> World:
    """Return the world with parts deleted."""
    odds = choices.pick([2, 4, 9, 21])
    after: World = {}
    for team, clusters in original.items():
        for key, apps in clusters.items():
            for app, objects in sorted(apps.items()):
                if choices.chance(odds):
                    continue
                left = frozenset(item for item in sorted(objects) if not choices.chance(odds)) or objects
                after.setdefault(team, {}).setdefault(key, {})[app] = left
    return after


def tombstone(choices: Choices) -> Tombstone | None:
    """Return a tombstone, or None if the model rejects the chosen fields."""
    environment, _, cluster = choices.pick(CLUSTERS).split("/")
    fields = {
        "environment": environment, "cluster": cluster, "team": choices.pick(TEAMS), "app": choices.pick(APPS),
        "instance": choices.pick(INSTANCES), "kind": choices.pick(["ConfigMap", "Secret"]), "name": choices.pick(["one", "app-1"]),
    }  # fmt: skip
    mask = choices.number(128)
    try:
        return tombstone_of(
            {name: value for n, (name, value) in enumerate(fields.items()) if mask >> n & 1}, choices.pick(UNTIL)
        )
    except ValueError:
        return None


def tombstone_of(scope: dict[str, str], until: str = UNTIL[-1]) -> Tombstone:
    """Return the tombstone of a scope."""
    return Tombstone.model_validate({**scope, "approvedBy": "a", "reason": "for the test", "until": until})


def replace_budgets(budgets: Deletions) -> Deletions:
    """Return budgets that cover at least as much."""
    wider = {kind: value + 1 if isinstance(value := getattr(budgets, kind), int) else "100%" for kind in KINDS}
    return Deletions(**wider, minimum=budgets.minimum + 1, days=budgets.days)


def seeds() -> Iterator[bytes]:
    """Yield random choices of several lengths, the same in every run."""
    yield b""
    for number in range(40):
        yield random.Random(number).randbytes(30 + 10 * number)
