"""Approvals of deletions, added to the tombstones of the fleet."""

from __future__ import annotations

from dataclasses import replace

from sixfold_compiler.inputs.tombstones import Approval, TombstoneFile, TombstoneScope, approve, parse_tombstones
from sixfold_compiler.model.tombstone import Tombstone

NONE = TombstoneFile()
SCOPE = TombstoneScope("prod", "dc1", "a", "shop")
ADA = Approval("ada@example.com", "the cluster is replaced", "2026-12-03")


def scopes(data):
    return [(t.cluster, t.team, t.app, t.approved_by, t.until) for t in parse_tombstones(data, "t").entries]


def test_approvals_are_added_to_the_tombstones_of_the_file() -> None:
    other = replace(SCOPE, team="pay", app="cards")
    first = approve(NONE, None, [SCOPE], ADA)
    assert first is not None
    assert scopes(first) == [("a", "shop", None, "ada@example.com", "2026-12-03")]
    both = approve(NONE, b"# by hand\n" + first, [other], ADA)
    assert both is not None
    assert both.startswith(b"# by hand\n")
    assert [s[:3] for s in scopes(both)] == [("a", "shop", None), ("a", "pay", "cards")]


def test_a_deletion_that_is_approved_for_as_long_is_not_approved_again() -> None:
    entry = {**SCOPE.to_record(), "approvedBy": "bob@example.com", "reason": "replaced", "until": ADA.until}
    file = TombstoneFile((Tombstone.model_validate(entry),))
    assert approve(file, b"", [SCOPE], ADA) is None
    assert approve(file, None, [SCOPE], replace(ADA, until="2026-12-04")) is not None
    assert approve(file, None, [replace(SCOPE, app="web")], ADA) is not None
    assert approve(file, None, [], ADA) is None


def test_a_tombstone_for_single_objects_does_not_approve_a_namespace() -> None:
    entry = {**SCOPE.to_record(), "kind": "Secret", "approvedBy": "bob", "reason": "replaced", "until": ADA.until}
    file = TombstoneFile((Tombstone.model_validate(entry),))
    assert approve(file, b"", [SCOPE], ADA) is not None
