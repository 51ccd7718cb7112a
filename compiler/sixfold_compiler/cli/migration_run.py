"""Run `drain` and `evacuate`: show the schedule of a migration, or carry out its next step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.exit_codes import CLEAN
from sixfold_compiler.cli.options import approval_of, today
from sixfold_compiler.cli.output.migration import as_json, as_text, completed_text, step_text
from sixfold_compiler.cli.output.progress import progress
from sixfold_compiler.cli.output.report import note, show
from sixfold_compiler.inputs.tombstones import FILE, approve
from sixfold_compiler.live import Api, Login, find_login, logins
from sixfold_compiler.live.contexts import configuration
from sixfold_compiler.migration import compute_schedule
from sixfold_compiler.migration.checkout import Checkout, expectations, follow_up
from sixfold_compiler.migration.commit_message import commit_message
from sixfold_compiler.migration.health import argocd_problems, cluster_problems, unhealthy, wait_for
from sixfold_compiler.migration.preconditions import commit_problems, compile_problems, deployed_apps, manifest_problems
from sixfold_compiler.model.addresses import is_within
from sixfold_compiler.placement import LOCK_FILE
from sixfold_compiler.placement.locktext import dump_lock
from sixfold_compiler.placement.place import read_inputs
from sixfold_compiler.tree.reader import read_previous

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from sixfold_compiler.cli.migration_options import MigrationOptions
    from sixfold_compiler.cli.options import Selection
    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.migration import MigrationPlan, Step
    from sixfold_compiler.placement.place import PlacementInputs

__all__ = ["carry_out_step", "run", "show_schedule"]


def run(
    selection: Selection, options: MigrationOptions, plan_of: Callable[[PlacementInputs, date], MigrationPlan]
) -> int:
    """Show the schedule of a migration, or carry out its next step, and return the exit code.

    Args:
        selection: The inputs that the command line selects.
        options: The options of the command.
        plan_of: A function that plans the migration, given the inputs and the current day.

    Raises:
        click.UsageError: Two options contradict each other.
    """
    if options.step and options.commit:
        raise click.UsageError("--step writes for review, --commit commits: give one of them")
    if options.wait and options.no_tree:
        raise click.UsageError("--wait reads the expected state from the tree: name it with --out, not --no-tree")
    if options.wait and options.kubeconfig is None:
        raise click.UsageError("--wait: name the logins with --kubeconfig (or KUBECONFIG)")
    with progress() as tick:
        inputs = read_inputs(selection.options(), tick)
    inputs = inputs.met(options.day or today())
    plan = plan_of(inputs, options.day or today())
    if options.step or options.commit:
        return carry_out_step(selection, options, inputs, plan)
    return show_schedule(selection, inputs, plan)


def show_schedule(selection: Selection, inputs: PlacementInputs, plan: MigrationPlan) -> int:
    """Print all steps of a migration and the findings that stop it, and return the exit code."""
    steps = compute_schedule(inputs.fleet, inputs.demands, inputs.lock, plan.next_step)
    end = steps.steps[-1].lock if steps.steps else inputs.lock
    text = as_json if selection.output == "json" else as_text
    click.echo(text(plan.title, inputs, steps, plan.staying(end)), nl=False)
    return _report(selection, (*plan.refusals, *steps.diagnostics))


def carry_out_step(
    selection: Selection, options: MigrationOptions, inputs: PlacementInputs, plan: MigrationPlan
) -> int:
    """Write or commit the next step of a migration, and return the exit code.

    If a precondition fails, print its findings and change nothing.
    """
    checkout = Checkout(selection.root, selection.fleet)
    problems = plan.refusals or _preconditions(selection, options, inputs, plan, checkout)
    if problems:
        return _report(selection, problems)
    step = plan.next_step(inputs.lock)
    if step is None:
        note(completed_text(plan.title, plan.staying(inputs.lock)))
        return CLEAN
    deployed = None if options.no_tree else deployed_apps(read_previous(selection.out))
    if problems := manifest_problems(inputs.diagnostics, step, deployed):
        return _report(selection, problems)
    files = {LOCK_FILE: dump_lock(step.lock)} | _approved(selection, options, inputs, plan, step)
    click.echo(step_text(inputs, step), nl=False)
    message = commit_message(step, plan.title, checkout.path(FILE))
    paths = " ".join(checkout.path(name) for name in files)
    if options.commit:
        commit = checkout.commit(files, message)
        note(f"Committed {paths} as {commit[:12]}. Next, before any other step, and then push:")
    else:
        checkout.write(files)
        note(f"Wrote {paths}. Review it; then, before any other step:")
    tree = None if options.no_tree else selection.out
    commands = follow_up(checkout, tree, message, () if options.commit else tuple(files))
    note("\n".join(f"  {command}" for command in commands))
    return CLEAN


def _report(selection: Selection, problems: Sequence[Diagnostic]) -> int:
    return show(problems, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)


def _preconditions(
    selection: Selection, options: MigrationOptions, inputs: PlacementInputs, plan: MigrationPlan, checkout: Checkout
) -> list[Diagnostic]:
    """Return the findings if the previous step is not committed, not compiled or (with --wait) not healthy."""
    if problems := commit_problems(checkout, None if options.no_tree else selection.out):
        return problems
    if options.no_tree:
        return []
    cells = [cell for cell, _ in inputs.fleet.cells() if is_within(cell, plan.only)]
    compile_options = replace(selection.options(), only=(plan.only,))
    with progress() as tick:
        problems = compile_problems(compile_options, inputs.fleet, inputs.lock, cells, tick)
    if problems or options.kubeconfig is None or not options.wait:
        return problems
    return _health_problems(selection, options, options.kubeconfig, inputs, plan, checkout)


def _health_problems(
    selection: Selection,
    options: MigrationOptions,
    kubeconfig: Path,
    inputs: PlacementInputs,
    plan: MigrationPlan,
    checkout: Checkout,
) -> list[Diagnostic]:
    """Wait until the previous step is healthy; return an SF449 if it is not healthy before the timeout."""
    expected = expectations(inputs.fleet, inputs.lock, plan.cell, checkout, selection.out)
    if not expected:
        note("No step before this one: nothing to wait for.")
        return []
    model = inputs.fleet.model
    clusters = model.data_center(plan.cell).clusters
    if options.wait == "clusters":
        contexts = logins(kubeconfig)
        apis = {}
        for target in expected.clusters:
            login = find_login(contexts, str(target), clusters[target.cluster].server)
            if login is None:
                raise click.UsageError(f"--wait: {kubeconfig.name} has no context {target}, nor one with its server")
            apis[target] = Api(configuration(login))
        problems = wait_for(lambda: cluster_problems(expected, apis), options.timeout)
    else:
        api = Api(configuration(Login(kubeconfig, options.context, "")))
        spaces = sorted({model.argocd.instances[cluster.instance].namespace for cluster in clusters.values()})
        problems = wait_for(lambda: argocd_problems(expected, api, spaces, checkout.includes), options.timeout)
    return [unhealthy(problems, options.timeout)] if problems else []


def _approved(
    selection: Selection, options: MigrationOptions, inputs: PlacementInputs, plan: MigrationPlan, step: Step
) -> dict[str, bytes]:
    """Return the tombstone file by name, with the approvals that a step needs; empty if all are approved already."""
    if not step.tombstones:
        return {}
    approval = approval_of(selection.root, options.approved_by, options.reason or plan.title, options.until)
    path = inputs.fleet.sources.folder / FILE
    data = path.read_bytes() if path.is_file() else None
    approved = approve(inputs.fleet.tombstones, data, step.tombstones, approval)
    return {} if approved is None else {FILE: approved}
