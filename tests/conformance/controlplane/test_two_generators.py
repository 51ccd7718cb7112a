"""Two generators whose checkouts are a commit apart answer in turn, as when a second replica was started by mistake.

The application controller is not there: what was told to go is taken away after each look, as it would do in the end.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sixfold_generator.adoption.run import run
from tests.conformance.controlplane.argocd import NAMESPACE
from tests.conformance.controlplane.record import created, deleted, restless
from tests.conformance.controlplane.relay import in_turn
from tests.conformance.controlplane.site import BOOTSTRAP, Site
from tests.support.generator import Generator, status

pytestmark = [pytest.mark.conformance("Control plane"), pytest.mark.slow]
TODAY = datetime.now(UTC).date()
LOOKS = 3  # that each generator answers for each set, at least
MOST = 8 * LOOKS  # looks until then
GONE = "staging-dc1-a-storefront"  # the newer commit takes it away, with approval
CAME = "staging-dc2-a-ads"  # and adds this one
ADS = "+ { ads+: { dataCenters: { dev: ['dc1'], staging: ['dc1', 'dc2'], prod: ['dc1'] } } }\n"


@pytest.fixture
def apart(site):
    """(checkout of the older commit, that of the newer): neither moves any more."""
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


def look_again_and_again(site, answered, ports):
    """Look until each generator has answered for each set LOOKS times; return what was written meanwhile.

    The relay takes turns for each set, but Argo CD also asks between two looks, so both looks may reach one generator.
    """
    start = site.cluster.written
    pairs = [(name, port) for name in site.argocd.sets() for port in ports]
    for _ in range(MOST):
        assert site.argocd.look() == {}
        site.argocd.finish()
        if all(answered[pair] >= LOOKS for pair in pairs):
            return site.cluster.writes(start)
    raise AssertionError(f"a generator was asked fewer than {LOOKS} times in {MOST} looks: {answered}")


@pytest.mark.parametrize("site", ["nonprod"], indirect=True)
def test_with_a_state_each_they_never_delete_what_both_of_them_adopted(site, apart, tmp_path):
    """What only one of them knows comes and goes with whom Argo CD asks. That is why there is one replica."""
    with ExitStack() as stack:
        generators = [
            stack.enter_context(Generator(tree, tmp_path / name))
            for name, tree in zip(("older", "newer"), apart, strict=True)
        ]
        ports = [generator.ready().port for generator in generators]
        names = [Site(site.deploy, generator, site.argocd, site.instance).rendered for generator in generators]
        both = names[0] & names[1]
        assert (names[0] - both, names[1] - both) == ({GONE}, {CAME})
        url, answered = stack.enter_context(in_turn(lambda: ports))
        site.url = url
        site.sync()
        site.argocd.start_sets()
        writes = look_again_and_again(site, answered, ports)
        assert set(created(writes)) == {*names[0], *names[1]}
        assert set(deleted(writes)) == {GONE, CAME}
        assert restless(writes) == {GONE, CAME}
        assert {*both, BOOTSTRAP} <= set(site.argocd.applications())


@pytest.mark.parametrize("site", ["nonprod"], indirect=True)
@pytest.mark.parametrize("where", ["folder", "configmaps"])
def test_with_a_shared_state_they_agree_and_nothing_comes_twice(site, apart, where, tmp_path):
    """The newer one starts while the older one is being asked. From then on both answer what the newer one adopted, and
    the older one's checkout is refused for good (SF812).

    A shared folder is looked at with every request. ConfigMaps, here of the same API server, are looked at every
    SIXFOLD_POLL_SECONDS: until its next look the older one answers as before, and is asked alone.
    """
    shared = {
        "folder": {"SIXFOLD_STATE": str(tmp_path / "state")},
        "configmaps": {
            "SIXFOLD_STATE_CONFIGMAP": f"{NAMESPACE}/apart",
            "SIXFOLD_KUBECONFIG": str(site.cluster.kubeconfig),
        },
    }[where]
    with ExitStack() as stack:
        older = stack.enter_context(Generator(apart[0], tmp_path / "older", shared))
        ports = [older.ready().port]
        url, answered = stack.enter_context(in_turn(lambda: list(ports)))
        site.url = url
        site.sync()
        site.argocd.start_sets()
        assert site.argocd.look() == {}
        before = set(site.argocd.applications())
        assert GONE in before
        start = site.cluster.written
        newer = stack.enter_context(Generator(apart[1], tmp_path / "newer", shared))
        newest = apart[1].parent.name
        newer.until(lambda: status(newer)["revision"] == newest, "its adoption")
        if where == "configmaps":
            older.until(lambda: status(older)["revision"] == newest, "the other one's adoption")
        ports.append(newer.port)
        writes = look_again_and_again(site, answered, ports)
        assert created(writes) == [CAME]
        assert deleted(writes) == [GONE]
        assert restless(site.cluster.writes(start)) == set()
        assert set(site.argocd.applications()) == before - {GONE} | {CAME}
        assert status(older)["revision"] == status(newer)["revision"] == newest
        state = Path(shared.get("SIXFOLD_STATE", older.state))
        login = {"configmap": f"{NAMESPACE}/apart", "kubeconfig": site.cluster.kubeconfig}
        again = run(apart[0], state, today=TODAY, force=True, **(login if where == "configmaps" else {}))
        assert (again.outcome, [problem.code for problem in again.problems]) == ("refused", ["SF812"])
