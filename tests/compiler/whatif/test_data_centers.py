"""The data centers of a simulation."""

from __future__ import annotations

from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import Host, Lock
from sixfold_compiler.whatif.data_centers import data_centers_of
from tests.support.worlds import DC1, app, three


def test_both_hosts_of_a_moving_namespace_admit_what_they_had_or_will_have() -> None:
    """Their ResourceQuotas are rendered so."""
    small = three(app("web"), quota={"cpu": "16.1", "memory": "1Gi", "pods": 10})
    hosts = (Host("dc1-a", 0, (100, 0)), Host("dc1-b", 100, (0, 100)))
    center = data_centers_of(small.fleet, small.demands, Lock({DC1: {"shop": hosts}}))[DC1]
    assert center.admitted("shop", hosts) == dict.fromkeys(("dc1-a", "dc1-b"), Resources(16_100, 2**30, 10))
