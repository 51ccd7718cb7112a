"""Approvals of deletions: those in tombstones.yaml that count, and what is wrong with the others.

A tombstone counts if its last day is near, somebody approved it for a reason, and it approves something. It is new
until a tree has been written with it: the root inventory lists every tombstone that counted. A new one must cover
something in the tree, in the names lock, or in the committed trees since deletions are added up. One that the tree
lists already may have done its work, and stays without effect until its last day has passed.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, listed
from sixfold_compiler.guard import covers, everything_in, may_move, releases
from sixfold_compiler.inputs.git import revision_of
from sixfold_compiler.inputs.tombstones import TombstoneFile
from sixfold_compiler.pipeline.baseline import holdings_of_previous, holdings_of_revision, rules_of
from sixfold_compiler.tree.layout import ROOT
from sixfold_compiler.tree.reader import read_previous

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sixfold_compiler.diagnostics import Span
    from sixfold_compiler.guard import Holdings
    from sixfold_compiler.inputs.day import Day
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.model.tombstone import Approvals, Tombstone
    from sixfold_compiler.ownership.names import Names

__all__ = ["finished", "with_approvals"]

NAMED = 5  # approvers that a help lists
_WORD = re.compile(r"[^\W\d_]{2}")  # two letters of any script


def with_approvals(
    options: Options, fleet: FleetInput, day: Day, names: Names
) -> tuple[FleetInput, tuple[Diagnostic, ...]]:
    """Return the fleet without the tombstones that do not count, and a finding for each of them.

    Expired tombstones stay, because the guard names them where they would be needed. If deletions are not judged, all
    tombstones count.
    """
    entries = [*zip(fleet.tombstones.entries, fleet.tombstones.spans, strict=True)]
    if not options.guard or not entries:
        return fleet, ()
    rules, today = fleet.model.approvals, day.value
    problems: list[Diagnostic] = []
    counting: list[tuple[Tombstone, Span]] = []
    for entry, span in entries:
        wrong = [*_problems(entry, span, rules, today)] if entry.covers_on(today) else []
        problems += wrong
        counting += [] if wrong else [(entry, span)]
    valid = [entry for entry, _ in counting if entry.covers_on(today)]
    unnamed = [entry for entry in valid if not _of_name(entry, names)]
    idle = _idle(options, today - timedelta(days=fleet.model.deletions.days), unnamed)
    problems += [_of_nothing(entry, span) for entry, span in counting if entry in idle]
    counting = [(entry, span) for entry, span in counting if entry not in idle]
    file = TombstoneFile(tuple(entry for entry, _ in counting), tuple(span for _, span in counting))
    return replace(fleet, tombstones=file), tuple(problems)


def finished(fleet: FleetInput, day: Day | None, needed: Collection[Tombstone]) -> Iterator[Diagnostic]:
    """Warn about each tombstone whose last day has passed, and that no deletion needs any more (SF718)."""
    if day is None:
        return
    for entry, span in zip(fleet.tombstones.entries, fleet.tombstones.spans, strict=True):
        if not entry.covers_on(day.value) and entry not in needed:
            text = f"the tombstone for {entry} has no effect any more"
            hint = f"delete the entry that begins in line {span.line}"
            yield Diagnostic("SF718", text, span, hint, severity="warning")


def _problems(entry: Tombstone, span: Span, rules: Approvals, today: date) -> Iterator[Diagnostic]:
    """Yield what is wrong with a tombstone in itself: its last day (SF715), its approver or its reason (SF716)."""
    last = today + timedelta(days=rules.days)
    if date.fromisoformat(entry.until) > last:
        text = f"the tombstone for {entry} applies for more than {rules.days} days"
        hint = f"write a last day until {last}, or set approvals.days of the fleet (at most 90)"
        yield _problem("SF715", text, entry, span, hint)
    if rules.approvers and entry.approved_by not in rules.approvers:
        text = f"the tombstone for {entry} is approved by {entry.approved_by!r}, whom the fleet does not name"
        hint = f"have it approved by one of approvals.approvers of the fleet: {listed(rules.approvers, NAMED)}"
        yield _problem("SF716", text, entry, span, hint)
    elif not any(letter.isalpha() for letter in entry.approved_by):
        text = f"the tombstone for {entry} names nobody in approvedBy"
        yield _problem("SF716", text, entry, span, "name the person or the group that approved it")
    if not _WORD.search(entry.reason):
        text = f"the tombstone for {entry} gives no reason in words"
        yield _problem("SF716", text, entry, span, "write why it is deleted")


def _idle(options: Options, start: date, valid: Collection[Tombstone]) -> frozenset[Tombstone]:
    """Return the new tombstones that cover nothing; none if there is no complete tree to compare with.

    What a tombstone covers is in the tree, in the tree of the last commit, or was in the tree at the beginning of the
    days over which the generator adds deletions up: it may need an approval of what the tree no longer has.
    """
    if not valid:
        return frozenset()
    try:
        before, _ = rules_of(options.out)
    except DiagnosticError:
        return frozenset()
    left = {entry for entry in valid if entry not in before}
    previous = read_previous(options.out) if left else None
    if previous is None or previous.torn or not previous.clusters:
        return frozenset()
    left = _without_covered(left, holdings_of_previous(previous, options.out))
    with contextlib.suppress(DiagnosticError):  # the tree may be outside of git, or git may not be installed
        revisions = ("HEAD", revision_of(options.out, start, ROOT)) if left else ()
        for revision in revisions:
            left = _without_covered(left, holdings_of_revision(options.out, revision)) if revision else left
    return frozenset(left)


def _of_name(entry: Tombstone, names: Names) -> bool:
    """Return whether a tombstone releases a name in the names lock, whose app may be gone from the tree."""
    return any(row.team and releases(entry, environment, row.team, name) for environment, name, row in names.items())


def _without_covered(tombstones: Collection[Tombstone], holdings: Holdings) -> set[Tombstone]:
    """Return the tombstones that cover nothing in the holdings."""
    left = {entry for entry in tombstones if not may_move(entry, holdings)}
    for drop in everything_in(holdings):
        left -= {entry for entry in left if covers(entry, drop)}
        if not left:
            break
    return left


def _of_nothing(entry: Tombstone, span: Span) -> Diagnostic:
    text = f"the tombstone for {entry} covers nothing that the tree or the names lock has"
    return _problem(
        "SF717", text, entry, span, "correct its names, or delete it: an approval is written when it is needed"
    )


def _problem(code: str, message: str, entry: Tombstone, span: Span, hint: str) -> Diagnostic:
    return Diagnostic(code, message, span, hint, app=f"{entry.team}/*" if entry.team else "")
