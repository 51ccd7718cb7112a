"""Kills and restarts of Argo CD's controller and of the API server lose no Application."""

from __future__ import annotations

import signal
import threading

import pytest

from tests.conformance.controlplane.argocd import SETS
from tests.conformance.controlplane.record import created, deleted
from tests.conformance.controlplane.relay import alternating_relay
from tests.conformance.controlplane.site import BOOTSTRAP

pytestmark = [pytest.mark.conformance("Control plane"), pytest.mark.slow]


class Gate:
    """A function that returns the port at once for the first requests, and holds the others until it is opened."""

    def __init__(self, port, count):
        self.port = port
        self.count = count
        self.asked = 0
        self.opened = threading.Event()
        self._lock = threading.Lock()

    def __call__(self):
        with self._lock:
            self.asked += 1
            through = self.asked <= self.count
        if not through:
            self.opened.wait(180)
        return [self.port]


def test_a_controller_that_is_killed_during_its_work_continues_with_the_same_applications(site):
    """SIGKILL comes while some sets have Applications and others wait for their list, then twice during reconciles."""
    wanted = {*site.rendered, BOOTSTRAP}
    start = site.cluster.audit_position
    gate = Gate(site.generator.port, 4)
    with alternating_relay(gate) as (site.url, _):
        try:
            site.sync()
            controller = site.argocd.start_sets()
            counts = site.argocd.reconcile_counts
            controller.until(lambda: sum(counts().values()) >= gate.count < gate.asked, "the first sets")
            some = {name: application["metadata"]["uid"] for name, application in site.argocd.applications().items()}
            controller.stop(signal.SIGKILL)
            assert set() < set(some) < wanted
        finally:
            gate.opened.set()
        kill_repeatedly(site, controller, wanted)
    after = site.argocd.applications()
    assert {name: after[name]["metadata"]["uid"] for name in some} == some
    writes = site.cluster.writes(start)
    assert deleted(writes) == []
    assert set(created(writes)) == wanted


def kill_repeatedly(site, controller, wanted):
    """Start the controller and kill it when it has begun to reconcile again, twice; it runs at the end."""
    for _ in range(2):
        controller.start()
        assert site.argocd.reconcile_sets() == {}
        assert set(site.argocd.applications()) == wanted
        before = site.versions()
        counts = site.argocd.reconcile_counts()
        site.argocd.request_reconciles()
        controller.until(lambda counts=counts: site.argocd.reconcile_counts() != counts, "a reconcile")
        controller.stop(signal.SIGKILL)
        assert site.versions() == before
    controller.start()
    assert site.argocd.reconcile_sets() == {}


def test_an_api_server_that_is_killed_and_restarted_changes_nothing(sets):
    """etcd keeps the objects, and the controller reconnects by itself."""
    before = sets.versions()
    start = sets.cluster.audit_position
    server = sets.cluster.parts[0]
    server.stop(signal.SIGKILL)
    server.start()
    server.until(sets.cluster.kube.up, "its readiness")
    server.until(sets.argocd.serves_kinds, "Argo CD's kinds")
    assert sets.argocd.reconcile_sets() == {}
    assert sets.versions() == before
    assert created(sets.cluster.writes(start)) == deleted(sets.cluster.writes(start)) == []
    assert sets.argocd.parts[SETS].process.poll() is None
