"""A drained cluster's namespaces move make-before-break: what the API server saw of the whole walk, in order.

The walk of docs/runbooks/replace-cluster.md over the shop of the example fleet (examples/boutique): a new cluster, the
old one draining, and `sixfold drain` step by step, each compiled, committed, adopted and reconciled.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.conformance.argocd.deploy import Deploy
from tests.conformance.controlplane.conftest import alone
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
    """The four teams of the shop alone; one of them has an Application for each app."""
    deploy = Deploy(tmp_path / "deploy", copy_of=example)
    for path in sorted((deploy.sources / "examples" / "live").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    teams = deploy.sources / "environments" / "teams.libsonnet"
    hidden = ", ".join(f"{name}:: null" for name in OTHERS)
    teams.write_text(teams.read_text() + f"+ {{ {hidden}, catalog+: {{ unit: 'app' }} }}\n")
    deploy.place()
    deploy.compile(anew=True)
    deploy.publish()
    with alone(deploy, lone, tmp_path) as site:
        site.sync()
        lone.start_sets()
        assert lone.look() == {}
        yield site


def step(deploy):
    """The next step of the walk into the lock and the tombstones; its stage, or nothing when there is none left."""
    line = ("drain", OLD, "--step", "--wave", "100%", "--out", deploy.out, "--approved-by", "asha")
    done = started(*line, cwd=deploy.sources)
    assert done.code == 0, done.err
    if "nothing is left to move" in done.out + done.err:
        return ""
    return re.search(r": (join|shift|empty|leave) ", done.out + done.err)[1]


def places(applications):
    """{data center, team and app: on how many clusters that is}, of names such as prod-dc1-a-catalog-adservice."""
    return Counter(re.sub(r"^(prod-dc\d)-[a-d]", r"\1", name) for name in applications)


def never_fewer(before, writes):
    """Whether no team, and no app of a team, was on fewer clusters of a data center than at the beginning, ever."""
    least = places(before)
    return all(places(running)[name] >= count for running in moments(before, writes) for name, count in least.items())


def of(cluster, names):
    return {name for name in names if name.startswith(f"{cluster.replace('/', '-')}-")}


def test_a_drained_cluster_moves_them_make_before_break(shop):
    deploy, argocd, server = shop.deploy, shop.argocd, shop.cluster
    before = set(argocd.applications())
    moving = of(OLD, before)
    assert len(moving) > 4
    start = server.written
    deploy.edit("environments/prod.libsonnet", "'dc1-b': mumbai(", NEW_CLUSTER)
    deploy.edit("environments/prod.libsonnet", "mumbai('dc1-a', {", "mumbai('dc1-a', { state: 'draining',")
    shop.publish()
    assert argocd.look() == {}
    assert created(server.writes(start)) == ["prod-dc1-d"]

    stages = []
    tombstones = deploy.sources / "environments" / "tombstones.yaml"
    while stage := step(deploy):
        stages.append(stage)
        assert len(stages) < 10
        now = server.written
        if stage == "leave":  # first as if nobody had approved it
            approved = tombstones.read_text()
            tombstones.write_text(UNAPPROVED)
            deploy.compile(anew=True)
            shop.publish_doubtful()
            assert argocd.look() == {}
            assert deleted(server.writes(now)) == []
            tombstones.write_text(approved)
        shop.publish(anew=stage == "leave")
        assert argocd.look() == {}
        writes = server.writes(now)
        assert set(created(writes)) == (of(NEW, argocd.applications()) if stage == "join" else set()), stage
        assert set(deleted(writes)) == (moving if stage == "leave" else set()), stage
    assert stages == ["join", "shift", "empty", "leave"]

    seen = server.writes(start)
    assert never_fewer(before, seen)
    assert not never_fewer(before, sorted(seen, key=lambda item: item.verb == "create")), "it would see another order"
    after = set(argocd.applications())
    assert places(after) - places({"prod-dc1-d"}) == places(before)
    assert {name.replace("dc1-d", "dc1-a") for name in of(NEW, after)} == moving
