"""The tombstones of a step, as they are written beside what was approved before."""

from __future__ import annotations

from dataclasses import replace

from sixfold_compiler.inputs.tombstones import TombstoneFile, parse_tombstones
from sixfold_compiler.migration.tombstones import Approval, approved
from sixfold_compiler.model.tombstone import Tombstone
from tests.support.moves import center, cluster, fleet_input, team

FLEET = fleet_input(center({"a": cluster("a")}, {"shop": team()}, {}))
SCOPE = {"environment": "prod", "dataCenter": "dc1", "cluster": "a", "team": "shop"}
ADA = Approval("ada@example.com", "the cluster is replaced", "2026-12-03")


def scopes(data):
    return [(t.cluster, t.team, t.app, t.approved_by, t.until) for t in parse_tombstones(data, "t").entries]


def test_what_a_step_takes_away_is_approved_beside_what_was_approved_before() -> None:
    other = {**SCOPE, "team": "pay", "app": "cards"}
    first = approved(FLEET, None, [SCOPE], ADA)
    assert first is not None
    assert scopes(first) == [("a", "shop", None, "ada@example.com", "2026-12-03")]
    both = approved(FLEET, b"# by hand\n" + first, [other], ADA)
    assert both is not None
    assert both.startswith(b"# by hand\n")
    assert [s[:3] for s in scopes(both)] == [("a", "shop", None), ("a", "pay", "cards")]


def test_what_is_approved_as_long_already_is_not_approved_again() -> None:
    stone = Tombstone.model_validate({**SCOPE, "approvedBy": "bob@example.com", "reason": "it goes", "until": ADA.until})
    known = replace(FLEET, tombstones=TombstoneFile((stone,)))
    assert approved(known, b"", [SCOPE], ADA) is None
    assert approved(known, None, [SCOPE], replace(ADA, until="2026-12-04")) is not None
    assert approved(known, None, [{**SCOPE, "app": "web"}], ADA) is not None
    assert approved(known, None, [], ADA) is None
