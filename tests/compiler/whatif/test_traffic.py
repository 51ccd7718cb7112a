"""A team's quota admits new pods of its apps by the same fraction, and never takes running ones."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import pytest

from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.whatif.outcome import Piece
from sixfold_compiler.whatif.traffic import admit, part_of

POD = Resources(100, 1, 1)


def piece(app, before, asked):
    return Piece("shop", app, "P1", "home", "dc1-a", POD, Fraction(before), Fraction(asked))


def quotas(pods, *pieces):
    """Return what the quota of so many pods takes from each app."""
    data_center = SimpleNamespace(
        members=[SimpleNamespace(team="shop", hosts=("dc1-a",))],
        admitted=lambda _team, _hosts: {"dc1-a": Resources(100 * pods, pods, pods)},
    )
    return [admitted.quota for admitted in admit(data_center, pieces)]


@pytest.mark.parametrize(("pods", "taken"), [(26, [0, 0]), (22, [2, 2]), (14, [6, 6])])
def test_new_pods_of_all_apps_are_reduced_by_the_same_fraction(pods, taken):
    assert quotas(pods, piece("web", 5, 13), piece("api", 5, 13)) == taken


def test_an_app_that_loses_load_gives_its_room_to_another_and_is_not_reduced():
    web, api = piece("web", 10, 4), piece("api", 4, 8)
    assert quotas(12, web, api) == [0, 0]
    assert quotas(10, web, api) == [0, 2]


def test_apps_without_growth_keep_their_pods_beyond_the_quota():
    assert quotas(1, piece("web", 10, 10), piece("api", 10, 5)) == [0, 0]


def test_the_scarcest_resource_decides_on_the_part():
    assert part_of(Resources(50, 10, 10), Resources(100, 1, 1)) == Fraction(1, 2)
    assert part_of(Resources(-5, 10, 10), Resources(100, 1, 1)) == 0
    assert part_of(Resources(100, 1, 1), Resources(100, 1, 1)) == 1
