"""What `drain` and `evacuate` do: show the whole walk, or carry out its next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sixfold_compiler.cli.migration_options import Run
    from sixfold_compiler.cli.options import Selection
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.migration import Step
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.placement import Demands, Lock
    from sixfold_compiler.placement.place import PlacementInputs

__all__ = ["Plan", "run"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A walk for a place: its title, its data center, its next step, why it is not to be begun, and what stays.

    `only` selects what its steps change, as for `--only`: the data center, or its environment.
    """

    title: str
    cell: Cell
    only: str
    following: Callable[[Lock], Step | None]
    refusals: tuple[Any, ...]
    staying: Callable[[Lock], dict[str, str]]


def run(selection: Selection, how: Run, plan_of: Callable[[FleetInput, Demands, date], Plan]) -> int:
    """Show the whole walk, or carry out its next step."""
    from datetime import UTC, datetime

    from sixfold_compiler.cli.exit_codes import FINDINGS
    from sixfold_compiler.cli.output.migration import as_json, as_text, step_text
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import note, show, verdict
    from sixfold_compiler.inputs.tombstones import FILE
    from sixfold_compiler.migration import walk
    from sixfold_compiler.migration.checkout import Checkout, files_of
    from sixfold_compiler.migration.commit_message import message_of
    from sixfold_compiler.placement.place import read_inputs

    if how.step and how.commit:
        raise click.UsageError("--step writes for review, --commit commits: say one of them")
    if how.wait and how.no_tree:
        raise click.UsageError("--wait reads in the tree what to wait for: name it with --out, not --no-tree")
    day = (how.today if isinstance(how.today, datetime) else datetime.now(UTC)).date()
    with progress() as tick:
        inputs = read_inputs(selection.options(), tick)
    plan = plan_of(inputs.fleet, inputs.demands, day)

    def told(problems: Any) -> int:
        show(problems, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)
        return verdict(problems, selection.output)

    if not how.step and not how.commit:
        made = walk(inputs.fleet, inputs.demands, inputs.lock, plan.following)
        end = made.steps[-1].lock if made.steps else inputs.lock
        text = as_json if selection.output == "json" else as_text
        click.echo(text(plan.title, inputs, made, plan.staying(end)), nl=False)
        return told((*plan.refusals, *made.diagnostics))
    if plan.refusals:
        return told(plan.refusals)
    checkout = Checkout(selection.root, selection.fleet)
    if problems := _not_ready(selection, how, inputs, plan, checkout):
        return told(problems)
    if how.wait and (problems := _not_healthy(selection, how, inputs, plan, checkout)):
        return told(problems)
    step = plan.following(inputs.lock)
    if step is None:
        left = plan.staying(inputs.lock)
        note(f"{plan.title}: nothing is left to move." + (f" {len(left)} stay: {', '.join(left)}." if left else ""))
        return 0
    if blocked := _blocked(inputs, step):
        return told(blocked)
    files = files_of(step) | _approved(selection, how, inputs, plan, step)
    click.echo(step_text(inputs, step), nl=False)
    message = message_of(step, plan.title, checkout.path(FILE))
    paths = " ".join(checkout.path(name) for name in files)
    if how.commit:
        done = checkout.commit(files, message)
        note(f"Committed {paths} as {done[:12]}. Next, before any other step, and then push:")
    if how.step:
        checkout.write(files)
        note(f"Wrote {paths}. Look at it; then, before any other step:")
    if how.commit or how.step:
        note("\n".join(f"  {line}" for line in commands(selection, message, () if how.commit else tuple(files), how)))
        return 0
    return FINDINGS


def commands(selection: Selection, message: str, files: tuple[str, ...], how: Run) -> list[str]:
    """Shell lines that compile a step and commit all of it: these files of the fleet's folder, and the tree."""
    import os
    import shlex

    from sixfold_compiler.migration.preconditions import in_git

    subject = shlex.quote(message.splitlines()[0] + ("" if files else " (tree)"))
    here = [shlex.quote(os.path.relpath(selection.fleet / name)) for name in files]
    if how.no_tree:
        lines = ["# compile, and commit the tree where it lies"]
    else:
        out = os.path.relpath(selection.out)
        lines = ["sixfold compile" if out == "overlays" else f"sixfold compile --out {shlex.quote(out)}"]
        if selection.out.is_relative_to(selection.root) or not in_git(selection.out):
            here.append(shlex.quote(out))
        else:
            to = f"git -C {shlex.quote(out)}"
            lines.append(f"{to} add -A . && {to} commit -m {subject} -- .")
    if here:
        paths = " ".join(here)
        lines.append(f"git add -A {paths} && git commit -m {subject} -- {paths}")
    return lines


def _not_ready(selection: Selection, how: Run, inputs: PlacementInputs, plan: Plan, checkout: Any) -> list[Any]:
    """What is not done of the step before."""
    from dataclasses import replace

    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.migration.preconditions import uncommitted, uncompiled

    if problems := uncommitted(checkout, None if how.no_tree else selection.out):
        return problems
    if how.no_tree:
        return []
    cells = [cell for cell, _ in inputs.fleet.cells() if f"{cell}/".startswith(f"{plan.only}/")]
    with progress() as tick:
        return uncompiled(replace(selection.options(), only=(plan.only,)), inputs.fleet, inputs.lock, cells, tick)


def _approved(selection: Selection, how: Run, inputs: PlacementInputs, plan: Plan, step: Step) -> dict[str, bytes]:
    from datetime import UTC, datetime, timedelta

    from sixfold_compiler.inputs.tombstones import FILE
    from sixfold_compiler.migration.tombstones import Approval, approved

    if not step.stones:
        return {}
    until = how.until if isinstance(how.until, datetime) else datetime.now(UTC) + timedelta(days=7)
    if until.date() < datetime.now(UTC).date():
        raise click.UsageError(f"--until: {until.date()} has passed; a tombstone of yesterday approves nothing")
    if how.reason and len(how.reason) < 5:
        raise click.UsageError("--reason: say why, in five characters at least")
    who = how.approved_by or _identity(selection)
    path = inputs.fleet.sources.folder / FILE
    approval = Approval(who, how.reason or plan.title, until.date().isoformat())
    made = approved(inputs.fleet, path.read_bytes() if path.is_file() else None, step.stones, approval)
    return {} if made is None else {FILE: made}


def _identity(selection: Selection) -> str:
    import os

    from sixfold_compiler.inputs.git import git

    found = os.environ.get("GIT_AUTHOR_EMAIL") or git(selection.root, "config", "--get", "user.email", check=False)
    if not found:
        raise click.UsageError("--approved-by: git does not know who you are here; say who approves what vanishes")
    return found


def _blocked(inputs: PlacementInputs, step: Step) -> list[Any]:
    """Errors in manifests of teams that the step moves: their overlays would stay where they are."""
    from sixfold_compiler.diagnostics import Diagnostic

    moving = set(step.teams)
    errors = [d for d in inputs.diagnostics if d.severity == "error"]
    wrong = sorted({d.app for d in errors if d.app.partition("/")[0] in moving})
    if not wrong:
        return []
    text = f"manifests of teams that move have errors: {', '.join(wrong[:10])}"
    return [
        *(d for d in errors if d.app in wrong),
        Diagnostic("SF455", text, None, "mend them, or take the change back"),
    ]


def _not_healthy(selection: Selection, how: Run, inputs: PlacementInputs, plan: Plan, checkout: Any) -> list[Any]:
    from sixfold_compiler.cli.output.report import note
    from sixfold_compiler.live.api import Api
    from sixfold_compiler.live.contexts import Login, configuration, find_login, logins
    from sixfold_compiler.migration.checkout import wanted
    from sixfold_compiler.migration.health import argocd_problems, cluster_problems, unhealthy, wait_for

    if how.kubeconfig is None:
        raise click.UsageError("--wait: name the logins with --kubeconfig (or KUBECONFIG)")
    want = wanted(inputs.fleet, inputs.lock, plan.cell, checkout, selection.out)
    if not want.applications and not want.gone and not want.namespaces and not want.left:
        note("No step before this one: nothing to wait for.")
        return []
    fleet = inputs.fleet.model
    clusters = fleet.environments[plan.cell.environment].data_centers[plan.cell.data_center].clusters
    if how.wait == "clusters":
        found = logins(how.kubeconfig)
        apis = {}
        for key in sorted({key for key, _ in (*want.namespaces, *want.left)}):
            login = find_login(found, key, clusters[key.rpartition("/")[2]].server)
            if login is None:
                raise click.UsageError(f"--wait: {how.kubeconfig.name} has no context {key}, nor one with its server")
            apis[key] = Api(configuration(login))
        problems = wait_for(lambda: cluster_problems(want, apis), how.timeout)
    else:
        file = how.kubeconfig
        api = Api(configuration(Login(file, how.context, "")))
        spaces = sorted({fleet.argocd.instances[cluster.instance].namespace for cluster in clusters.values()})
        problems = wait_for(lambda: argocd_problems(want, api, spaces, checkout.includes), how.timeout)
    return [unhealthy(problems, how.timeout)] if problems else []
