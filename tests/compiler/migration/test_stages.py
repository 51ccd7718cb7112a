"""The stages of one namespace's move, derived from its row in the lock."""

from __future__ import annotations

from sixfold_compiler.migration.stages import NamespaceMove, advance, completed, next_stage
from sixfold_compiler.placement import Host
from tests.support.moves import OLD, joined


def weights(namespace):
    return {h.cluster: h.weight for h in namespace.row}


def test_a_move_passes_its_stages_in_order_and_ends_on_its_new_hosts() -> None:
    namespace, stages = joined(), []
    while namespace.in_progress:
        stages.append(next_stage(namespace))
        namespace = advance(namespace, {"job": "c"})
    assert stages == ["shift", "empty", "stop", "leave"]
    assert namespace == NamespaceMove((Host("b", 45), Host("c", 55)), {"one": "c", "job": "c"})


def test_half_of_an_odd_weight_is_rounded_in_favor_of_the_new_host() -> None:
    """Of 55, 27 stay and 28 move. The weights add up to 100."""
    assert weights(advance(joined(), {})) == {"a": 27, "b": 45, "c": 28}
    small = NamespaceMove((Host("a", 5, (5, 0)), Host("b", 75, (75, 25)), Host("c", 20, (20, 75))))
    assert weights(advance(small, {})) == {"a": 2, "b": 50, "c": 48}
    still = NamespaceMove((Host("a", 1, (1, 0)), Host("b", 99, (99, 100))))
    assert next_stage(still) == "empty", "a weight of 1 has no half"
    assert weights(advance(still, {})) == {"a": 0, "b": 100}


def test_a_namespace_at_rest_has_completed_its_move() -> None:
    assert completed(OLD) == OLD
    assert not OLD.leaving


def test_the_end_of_a_move_is_known_at_every_stage_except_for_homes_of_stopped_apps() -> None:
    namespace = joined()
    for _ in range(3):
        assert completed(namespace) == NamespaceMove((Host("b", 45), Host("c", 55)), {"one": "c"})
        namespace = advance(namespace, {})
