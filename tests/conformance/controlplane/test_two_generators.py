"""Two generators with checkouts of adjacent commits answer in turn, as if a second replica was started by mistake.

There is no application controller: the tests finish the deletion of Applications after each reconcile.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sixfold_generator.adoption.run import run
from tests.conformance.controlplane.argocd import NAMESPACE
from tests.conformance.controlplane.record import created, deleted, recreated
from tests.conformance.controlplane.relay import alternating_relay
from tests.conformance.controlplane.site import BOOTSTRAP, Site
from tests.support.generator import Generator, status

pytestmark = [pytest.mark.conformance("Control plane"), pytest.mark.slow]
TODAY = datetime.now(UTC).date()
ANSWERS = 3  # the least number of answers of each generator for each set
MOST = 8 * ANSWERS  # reconciles until each generator must have answered so often
DELETED = "staging-dc1-a-storefront"  # the newer commit deletes it, with approval
CREATED = "staging-dc2-a-ads"  # and creates this one
ADS = "+ { ads+: { dataCenters: { dev: ['dc1'], staging: ['dc1', 'dc2'], prod: ['dc1'] } } }\n"


@pytest.fixture
def checkouts(site):
    """Return (checkout of the older commit, checkout of the newer commit), both of which stay unchanged."""
    site.sync()
    deploy = site.deploy
    older = deploy.tree.resolve()
    deploy.withdraw_storefront()
    deploy.approve(environment="staging", dataCenter="dc1", team="storefront")
    teams = deploy.sources / "environments" / "teams.libsonnet"
    teams.write_text(teams.read_text() + ADS)
    deploy.place()
    deploy.compile()
    deploy.publish()
    return older, deploy.tree.resolve()


def reconcile_repeatedly(site, answered, ports):
    """Reconcile until each generator has answered ANSWERS times for each set, and return the writes meanwhile.

    The relay takes turns for each set, but Argo CD also asks between two reconciles, so both may reach one generator.
    """
    start = site.cluster.audit_position
    pairs = [(name, port) for name in site.argocd.sets() for port in ports]
    for _ in range(MOST):
        assert site.argocd.reconcile_sets() == {}
        site.argocd.finish_deletions()
        if all(answered[pair] >= ANSWERS for pair in pairs):
            return site.cluster.writes(start)
    raise AssertionError(f"a generator has answered fewer than {ANSWERS} times in {MOST} reconciles: {answered}")


@pytest.mark.parametrize("site", ["nonprod"], indirect=True)
def test_generators_with_separate_states_never_delete_what_both_have_adopted(site, checkouts, tmp_path):
    """Applications that only one of them has are created and deleted in turns, so the generator runs as one replica."""
    with ExitStack() as stack:
        generators = [
            stack.enter_context(Generator(tree, tmp_path / name))
            for name, tree in zip(("older", "newer"), checkouts, strict=True)
        ]
        ports = [generator.ready().port for generator in generators]
        names = [Site(site.deploy, generator, site.argocd, site.instance).rendered for generator in generators]
        both = names[0] & names[1]
        assert (names[0] - both, names[1] - both) == ({DELETED}, {CREATED})
        url, answered = stack.enter_context(alternating_relay(lambda: ports))
        site.url = url
        site.sync()
        site.argocd.start_sets()
        writes = reconcile_repeatedly(site, answered, ports)
        assert set(created(writes)) == {*names[0], *names[1], BOOTSTRAP}
        assert set(deleted(writes)) == {DELETED, CREATED}
        assert recreated(writes) == {DELETED, CREATED}
        assert {*both, BOOTSTRAP} <= set(site.argocd.applications())


@pytest.mark.parametrize("site", ["nonprod"], indirect=True)
@pytest.mark.parametrize("where", ["folder", "configmaps"])
def test_generators_with_a_shared_state_agree_and_nothing_is_created_twice(site, checkouts, where, tmp_path):
    """The newer generator starts while the older one answers. Then both answer from the newer one's adopted tree, and
    the older checkout is rejected permanently (SF812).

    A shared folder is read on every request. ConfigMaps, here of the same API server, are read every
    SIXFOLD_POLL_SECONDS: until the next reading the older generator answers from the old tree, so only it is used.
    """
    shared = {
        "folder": {"SIXFOLD_STATE": str(tmp_path / "state")},
        "configmaps": {
            "SIXFOLD_STATE_CONFIGMAP": f"{NAMESPACE}/two-generators",
            "SIXFOLD_KUBECONFIG": str(site.cluster.kubeconfig),
        },
    }[where]
    with ExitStack() as stack:
        older = stack.enter_context(Generator(checkouts[0], tmp_path / "older", shared))
        ports = [older.ready().port]
        url, answered = stack.enter_context(alternating_relay(lambda: list(ports)))
        site.url = url
        site.sync()
        site.argocd.start_sets()
        assert site.argocd.reconcile_sets() == {}
        before = set(site.argocd.applications())
        assert DELETED in before
        start = site.cluster.audit_position
        newer = stack.enter_context(Generator(checkouts[1], tmp_path / "newer", shared))
        newest = checkouts[1].parent.name
        newer.until(lambda: status(newer)["revision"] == newest, "its adoption")
        if where == "configmaps":
            older.until(lambda: status(older)["revision"] == newest, "the other one's adoption")
        ports.append(newer.port)
        writes = reconcile_repeatedly(site, answered, ports)
        assert created(writes) == [CREATED]
        assert deleted(writes) == [DELETED]
        assert recreated(site.cluster.writes(start)) == set()
        assert set(site.argocd.applications()) == before - {DELETED} | {CREATED}
        assert status(older)["revision"] == status(newer)["revision"] == newest
        state = Path(shared.get("SIXFOLD_STATE", older.state))
        login = {"configmap": f"{NAMESPACE}/two-generators", "kubeconfig": site.cluster.kubeconfig}
        again = run(checkouts[0], state, today=TODAY, force=True, **(login if where == "configmaps" else {}))
        assert (again.outcome, [problem.code for problem in again.problems]) == ("refused", ["SF812"])
