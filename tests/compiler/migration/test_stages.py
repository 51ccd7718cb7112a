"""The stages of one namespace on its way, told from its row alone."""

from __future__ import annotations

from sixfold_compiler.migration.stages import Way, advance, begin, settled, stage
from sixfold_compiler.placement import Host

OLD = Way((Host("a", 55), Host("b", 45)), {"one": "a", "job": "a"})


def joined():
    """On the way from a to c; `job` must not run twice."""
    return begin(OLD, (Host("b", 45), Host("c", 55)), {"one": "c", "job": "c"}, ["job"])


def weights(way):
    return {h.cluster: h.weight for h in way.row}


def test_a_way_has_its_five_stages_and_ends_where_it_was_to_end() -> None:
    way, seen = joined(), []
    while way.moves:
        seen.append(stage(way))
        way = advance(way, {"job": "c"})
    assert seen == ["shift", "empty", "stop", "leave"]
    assert way == Way((Host("b", 45), Host("c", 55)), {"one": "c", "job": "c"})


def test_half_of_an_odd_weight_goes_to_who_gains_and_the_whole_stays_100() -> None:
    """55 is no even number: 27 stay and 28 go over, so that the new host is not behind."""
    assert weights(advance(joined(), {})) == {"a": 27, "b": 45, "c": 28}
    small = Way((Host("a", 5, (5, 0)), Host("b", 75, (75, 25)), Host("c", 20, (20, 75))))
    assert weights(advance(small, {})) == {"a": 2, "b": 50, "c": 48}
    still = Way((Host("a", 1, (1, 0)), Host("b", 99, (99, 100))))
    assert stage(still) == "empty", "of a weight of 1 no half can go over"
    assert weights(advance(still, {})) == {"a": 0, "b": 100}


def test_a_namespace_that_stands_still_is_at_its_end() -> None:
    assert settled(OLD) == OLD
    assert not OLD.leaving


def test_the_end_of_a_way_is_known_at_every_stage_but_for_what_starts_anew() -> None:
    way = joined()
    for _ in range(3):
        assert settled(way) == Way((Host("b", 45), Host("c", 55)), {"one": "c"})
        way = advance(way, {})
