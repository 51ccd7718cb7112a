"""What is killed and started again between Argo CD's controller and the API server: no Application is lost by it."""

from __future__ import annotations

import signal
import threading

import pytest

from tests.conformance.controlplane.argocd import SETS
from tests.conformance.controlplane.record import created, deleted
from tests.conformance.controlplane.relay import in_turn
from tests.conformance.controlplane.site import BOOTSTRAP

pytestmark = [pytest.mark.conformance("Control plane"), pytest.mark.slow]


class Gate:
    """Lets so many requests for a list through, and holds the others until it is opened."""

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


def test_a_controller_killed_in_the_middle_of_its_work_goes_on_with_the_same_applications(site):
    """SIGKILL while some sets have their Applications and others wait for their list; then twice while it looks again."""
    wanted = {*site.rendered, BOOTSTRAP}
    start = site.cluster.written
    gate = Gate(site.generator.port, 4)
    with in_turn(gate) as (site.url, _):
        try:
            site.sync()
            controller = site.argocd.start_sets()
            controller.until(lambda: sum(site.argocd.looks().values()) >= gate.count < gate.asked, "the first sets")
            some = {name: application["metadata"]["uid"] for name, application in site.argocd.applications().items()}
            controller.stop(signal.SIGKILL)
            assert {BOOTSTRAP} < set(some) < wanted
        finally:
            gate.opened.set()
        kill_again_and_again(site, controller, wanted)
    after = site.argocd.applications()
    assert {name: after[name]["metadata"]["uid"] for name in some} == some
    writes = site.cluster.writes(start)
    assert deleted(writes) == []
    assert set(created(writes)) == wanted - {BOOTSTRAP}, "a person applies the bootstrap"


def kill_again_and_again(site, controller, wanted):
    """Starts it, and kills it when it has begun to look at everything once more; it runs at the end."""
    for _ in range(2):
        controller.start()
        assert site.argocd.look() == {}
        assert set(site.argocd.applications()) == wanted
        before = site.versions()
        looks = site.argocd.looks()
        site.argocd.ask_again()
        controller.until(lambda looks=looks: site.argocd.looks() != looks, "a look")
        controller.stop(signal.SIGKILL)
        assert site.versions() == before
    controller.start()
    assert site.argocd.look() == {}


def test_an_api_server_that_is_killed_and_comes_back_changes_nothing(sets):
    """etcd keeps what it had, and the controller finds its way back by itself."""
    before = sets.versions()
    start = sets.cluster.written
    server = sets.cluster.parts[0]
    server.stop(signal.SIGKILL)
    server.start()
    server.until(sets.cluster.kube.up, "its readiness")
    server.until(sets.argocd.served, "Argo CD's kinds")
    assert sets.argocd.look() == {}
    assert sets.versions() == before
    assert created(sets.cluster.writes(start)) == deleted(sets.cluster.writes(start)) == []
    assert sets.argocd.parts[SETS].process.poll() is None
