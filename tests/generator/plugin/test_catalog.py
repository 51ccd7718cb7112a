"""The index of a snapshot counts every parameter set."""

from __future__ import annotations

import pytest

from sixfold_generator.adoption.decide import adopt
from sixfold_generator.plugin.catalog import Catalog
from tests.support.adopting import TODAY
from tests.support.trees import Spec, read


@pytest.fixture(scope="module")
def snapshot():
    return adopt(None, *read(Spec(), "1" * 40), TODAY).snapshot


def test_sizes_count_every_set_of_a_unit(snapshot):
    sizes = Catalog(snapshot).sizes
    places = list(snapshot.namespaces())
    assert sizes == {
        "cluster": len(snapshot.clusters),
        "namespace": len(places),
        "app": sum(len(namespace.apps) for _, _, namespace in places),
    }
    assert 0 < sizes["cluster"] < sizes["namespace"] < sizes["app"]
