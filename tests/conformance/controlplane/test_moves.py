"""The namespaces of a drained cluster move make-before-break, as the API server's log of the complete drain shows.

The steps are those of docs/runbooks/replace-cluster.md for the shop of the example fleet (examples/boutique): a new
cluster, the old one draining, and the steps of `sixfold drain`, each compiled, committed, adopted and reconciled.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.conformance.argocd.deploy import Deploy
from tests.conformance.controlplane.conftest import lone_site
from tests.conformance.controlplane.record import created, deleted, moments
from tests.support.cli import started

pytestmark = [pytest.mark.conformance("Control plane"), pytest.mark.slow]
OLD, NEW = "prod/dc1-a", "prod/dc1-d"
OTHERS = ("match", "identity", "playback", "personalization", "ads")  # teams of examples/live
NEW_CLUSTER = """'dc1-d': mumbai('dc1-d', {
          endpoint: '0A1B2C3D4E5F60718293A4B5C6D7E8F9',
          capacity: { cpu: 16000, memory: '62Ti', pods: 30000 },
        }),
        'dc1-b': mumbai("""
UNAPPROVED = "apiVersion: sixfold.dev/v1\nkind: Tombstones\ntombstones: []\n"


@pytest.fixture
def shop(example, lone, tmp_path):
    """Return a site with the four teams of the shop only; one of them has an Application for each app."""
    deploy = Deploy(tmp_path / "deploy", copy_of=example)
    for path in sorted((deploy.sources / "examples" / "live").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    teams = deploy.sources / "environments" / "teams.libsonnet"
    hidden = ", ".join(f"{name}:: null" for name in OTHERS)
    teams.write_text(teams.read_text() + f"+ {{ {hidden}, catalog+: {{ unit: 'app' }} }}\n")
    deploy.place()
    deploy.compile(clean=True)
    deploy.publish()
    with lone_site(deploy, lone, tmp_path) as site:
        site.sync()
        lone.start_sets()
        assert lone.reconcile_sets() == {}
        yield site


def step(deploy):
    """Write the next step of the drain into the lock and the tombstones, and return its stage, or "" at the end."""
    line = ("drain", OLD, "--step", "--wave", "100%", "--out", deploy.out, "--approved-by", "asha")
    done = started(*line, cwd=deploy.sources)
    assert done.code == 0, done.err
    if "nothing is left to move" in done.out + done.err:
        return ""
    return re.search(r": (join|shift|empty|leave) ", done.out + done.err)[1]


def places(applications):
    """Return {data center, team and app: number of clusters} of names such as prod-dc1-a-catalog-adservice."""
    return Counter(re.sub(r"^(prod-dc\d)-[a-d]", r"\1", name) for name in applications)


def never_fewer(before, writes):
    """Return whether every team and app was never on fewer clusters of a data center than at the beginning."""
    least = places(before)
    return all(places(running)[name] >= count for running in moments(before, writes) for name, count in least.items())


def of(cluster, names):
    return {name for name in names if name.startswith(f"{cluster.replace('/', '-')}-")}


def test_a_drain_moves_namespaces_make_before_break(shop):
    deploy, argocd, server = shop.deploy, shop.argocd, shop.cluster
    before = set(argocd.applications())
    moving = of(OLD, before)
    assert len(moving) > 4
    start = server.audit_position
    deploy.edit("environments/prod.libsonnet", "'dc1-b': mumbai(", NEW_CLUSTER)
    deploy.edit("environments/prod.libsonnet", "mumbai('dc1-a', {", "mumbai('dc1-a', { state: 'draining',")
    shop.publish()
    assert argocd.reconcile_sets() == {}
    assert created(server.writes(start)) == ["prod-dc1-d"]

    stages = []
    tombstones = deploy.sources / "environments" / "tombstones.yaml"
    while stage := step(deploy):
        stages.append(stage)
        assert len(stages) < 10
        now = server.audit_position
        if stage == "leave":  # first without the approval
            approved = tombstones.read_text()
            tombstones.write_text(UNAPPROVED)
            deploy.compile(clean=True)
            shop.publish_rejected()
            assert argocd.reconcile_sets() == {}
            assert deleted(server.writes(now)) == []
            tombstones.write_text(approved)
        shop.publish(clean=stage == "leave")
        assert argocd.reconcile_sets() == {}
        writes = server.writes(now)
        assert set(created(writes)) == (of(NEW, argocd.applications()) if stage == "join" else set()), stage
        assert set(deleted(writes)) == (moving if stage == "leave" else set()), stage
    assert stages == ["join", "shift", "empty", "leave"]

    seen = server.writes(start)
    assert never_fewer(before, seen)
    assert not never_fewer(before, sorted(seen, key=lambda item: item.verb == "create")), "another order is detected"
    after = set(argocd.applications())
    assert places(after) - places({"prod-dc1-d"}) == places(before)
    assert {name.replace("dc1-d", "dc1-a") for name in of(NEW, after)} == moving
