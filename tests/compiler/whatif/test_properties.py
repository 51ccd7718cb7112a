"""Properties of every fleet and every scenario.

Few examples by default; `python3 dev.py fuzz --properties` is the long run.
"""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement.utilization import utilization_of
from sixfold_compiler.whatif import Scenario, broken_apps, every_loss, scenario_of, simulate, single_losses
from sixfold_compiler.whatif.outcome import amount_of
from tests.profiles import examples
from tests.support.worlds import FACTORS, scenarios, worlds

ALL = ("fixed", "maximum", "quota", "preempted", "pending")


@examples(60)
@given(st.data())
def test_load_is_conserved_carried_or_named_never_lost_or_doubled(data) -> None:
    """The demand of every divided app equals its running load, its unserved load by reason, and its stopped load."""
    world = data.draw(worlds())
    scenario = data.draw(scenarios(world))
    outcome = simulate(*world, scenario)
    wanted: dict[tuple[str, str, str], Fraction] = {}
    for cell, teams in world.demands.items():
        for team, demand in teams.items():
            for app in demand.apps:
                if app.spread == "share":
                    key = (cell.environment, team, app.app)
                    wanted[key] = wanted.get(key, Fraction(0)) + app.pods * scenario.factor(team)
    result = dict.fromkeys(wanted, Fraction(0))
    for cell, center in outcome.cells.items():
        for piece in center.pieces:
            assert min(piece.running, *(getattr(piece, name) for name in ALL)) >= 0
            assert piece.running + sum(getattr(piece, name) for name in ALL) == piece.asked
            assert not (piece.cluster in center.lost and piece.asked)
            if piece.spread == "share":
                result[cell.environment, piece.team, piece.app] += piece.asked
        for stop in center.stops:
            if stop.spread == "share":
                result[cell.environment, stop.team, stop.app] += stop.pods
    assert result == wanted


@examples(60)
@given(worlds())
def test_nothing_lost_at_load_1_is_what_placement_counts(world) -> None:
    """The loads before and after are those of `sixfold place` to the unit, summed and rounded by team."""
    outcome = simulate(*world, Scenario())
    loads = utilization_of(world.fleet, world.demands, world.lock)
    for target, load in loads.items():
        total = Resources()
        for team in world.lock.hosts.get(target.cell, {}):
            own = [p for p in outcome.cells[target.cell].pieces if (p.team, p.cluster) == (team, target.cluster)]
            assert all(p.asked == p.before for p in own)
            total += amount_of((p.asked, p.pod) for p in own)
        assert total == load.total
        assert (outcome.clusters[target].capacity, outcome.clusters[target].room) == (load.capacity, load.room)


@examples(60)
@given(st.data())
def test_more_load_never_preempts_less(data) -> None:
    """This holds for every app. Quotas are wide, since a quota that stops one app may leave room for another."""
    world = data.draw(worlds(quotas=False))
    scenario = data.draw(scenarios(world))
    fields = Scenario(
        scenario.lost, scenario.load * data.draw(st.sampled_from([1, Fraction(11, 10), 2])), scenario.teams
    )
    small, large = simulate(*world, scenario), simulate(*world, fields)
    for cell, center in small.cells.items():
        for item, other in zip(center.pieces, large.cells[cell].pieces, strict=True):
            assert (item.team, item.app, item.cluster) == (other.team, other.app, other.cluster)
            assert other.preempted >= item.preempted
            assert other.refused >= item.refused


@examples(60)
@given(st.data())
def test_no_tier_is_preempted_before_all_lower_ones_on_its_cluster(data) -> None:
    """If a tier is preempted, no lower tier that uses the scarce resource runs on the cluster."""
    world = data.draw(worlds())
    outcome = simulate(*world, data.draw(scenarios(world)))
    for center in outcome.cells.values():
        for piece in center.pieces:
            if not (piece.preempted or piece.pending):
                continue
            below = [p for p in center.pieces if p.cluster == piece.cluster and p.tier > piece.tier and p.running]
            # Every pod uses a pod slot, but some no CPU or no memory: running pods of lower tiers use no scarce resource.
            scarce = _scarce(center, piece.cluster, piece.tier, world)
            assert scarce
            for other in below:
                level = [p for p in center.pieces if (p.cluster, p.tier) == (other.cluster, other.tier)]
                assert not any(getattr(p.pod, r) and p.running for p in level for r in scarce)


def _scarce(center, cluster, tier, world) -> list[str]:
    """Return the resources of which this tier and those above it request more than the cluster has."""
    above = [p for p in center.pieces if p.cluster == cluster and p.tier <= tier]
    wanted = amount_of((p.admitted, p.pod) for p in above)
    has = simulate(*world, Scenario()).clusters[Target("prod", center.cell.data_center, cluster)].capacity
    return [r for r in ("cpu", "memory", "pods") if getattr(wanted, r) > getattr(has, r)]


@examples(60)
@given(st.data())
def test_no_cluster_runs_more_than_it_has(data) -> None:
    world = data.draw(worlds())
    outcome = simulate(*world, data.draw(scenarios(world)))
    for cell, center in outcome.cells.items():
        for name in {p.cluster for p in center.pieces}:
            load = outcome.clusters[Target(cell.environment, cell.data_center, name)]
            running = amount_of((p.running, p.pod) for p in center.pieces if p.cluster == name)
            assert running.within(load.capacity)


@examples(60)
@given(st.data())
def test_the_order_of_losses_does_not_matter(data) -> None:
    world = data.draw(worlds())
    names = [str(t) for t in data.draw(st.lists(st.sampled_from(world.targets), max_size=4))]
    again = data.draw(st.permutations(names))
    loads = ["ads=1.5"] * ("ads" in world.fleet.model.teams)
    item, other = (simulate(*world, scenario_of(world.fleet, lost, "1.2", loads)) for lost in (names, again))
    assert item == other


@examples(60)
@given(st.data())
def test_every_cluster_agrees_with_single_runs(data) -> None:
    """The test loses each cluster and each data center, in addition to any load and to clusters that are already lost."""
    world = data.draw(worlds())
    base = data.draw(scenarios(world)) if data.draw(st.booleans()) else Scenario(load=data.draw(FACTORS))
    wanted = single_losses(world.fleet) | single_losses(world.fleet, centers=True)
    for loss in every_loss(*world, base, wanted):
        alone = simulate(*world, Scenario(base.lost | wanted[loss.name], base.load, base.teams))
        assert loss.outcome == alone
        assert loss.broken == tuple(broken_apps(alone))
