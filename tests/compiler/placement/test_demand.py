"""The demand of one app, as its spec says."""

from __future__ import annotations

import pytest

from sixfold_compiler.placement.demand import app_demand
from tests.support.facts import facts_of


@pytest.mark.parametrize(
    ("volumes", "claims"),
    [
        ([], False),
        ([{"name": "a", "emptyDir": {}}], False),
        ([{"name": "a", "emptyDir": {}}, {"name": "b", "claim": {"size": "1Gi"}}], True),
        ([{"name": "a", "persistentVolumeClaim": {"claimName": "data"}}], True),
    ],
)
def test_an_app_with_a_claim_of_its_own_or_an_existing_one_keeps_data_on_its_cluster(volumes, claims) -> None:
    spec = {"replicas": 1, "volumes": volumes}
    assert app_demand(facts_of("shop/web"), spec).claims is claims
    assert app_demand(facts_of("shop/web"), spec, claims=True).claims is True
