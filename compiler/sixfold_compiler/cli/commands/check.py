"""`sixfold check`: report all problems and write nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.options import Selection, selection_options

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.pipeline.plan import Plan


@click.command(name="check", short_help="Report all problems in the fleet and the manifests; write nothing.")
@selection_options(against=True)
@click.option(
    "--envoy",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="PROGRAM",
    help="Hold the files of every gateway to this Envoy too.",
)
def command(selection: Selection, envoy: Path | None) -> int:
    """Check the fleet and the manifests, as `compile` does, and write nothing.

    PATH is a manifest or a folder of manifests, for example an app repo's sixfold.yaml; without PATH, the whole deploy
    repo is checked, its tree for files that Sixfold did not write and for edited files of argocd/, and the committed
    files of `sixfold bootstrap` for what no longer agrees with the fleet. The facts of apps outside of PATH come from
    the tree; no tree is needed otherwise.

    \b
    Examples:
      sixfold check                                          # the whole deploy repo
      sixfold check sixfold.yaml --fleet ../deploy/environments   # an app repo against its deploy repo
      sixfold check --output json                            # for programs
      sixfold check --output github                          # annotations in GitHub Actions
      sixfold check --envoy /usr/local/bin/envoy             # what the checks know, and what Envoy itself says
    """
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import note, show
    from sixfold_compiler.diagnostics import counted
    from sixfold_compiler.pipeline.bootstrap import bootstrap_problems
    from sixfold_compiler.pipeline.plan import plan
    from sixfold_compiler.tree.strangers import edited_files

    with progress() as tick, plan(selection.options(), tick) as result:
        edited = () if selection.paths else edited_files(selection.out, result.previous)
        stale = () if selection.paths or not result.fleet else bootstrap_problems(result.fleet, selection.fleet)
        findings = (*result.diagnostics, *edited, *stale, *_refused(result, envoy))
        code = show(findings, selection.output, roots=(selection.root,), verbose=selection.verbose)
        if not findings:
            summary = result.summary
            note(f"All clear: {counted(summary.apps, 'app')}, {counted(summary.targets, 'cluster')}.")
        return code


def _refused(result: Plan, program: Path | None) -> list[Diagnostic]:
    """Return what Envoy refuses in the files of gateways; nothing without an Envoy."""
    if program is None:
        return []
    from sixfold_compiler.operations.envoy import UnusableEnvoyError, check_envoy

    try:
        return check_envoy(result, program.absolute())
    except UnusableEnvoyError as error:
        raise click.UsageError(f"--envoy: {program} is no Envoy that runs here: {error}") from None
