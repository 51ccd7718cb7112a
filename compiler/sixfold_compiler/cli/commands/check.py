"""`sixfold check`: report all problems and write nothing."""

from __future__ import annotations

import click

from sixfold_compiler.cli.options import Selection, selection_options


@click.command(name="check", short_help="Report all problems in the fleet and the manifests; write nothing.")
@selection_options(against=True)
def command(selection: Selection) -> int:
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
        findings = (*result.diagnostics, *edited, *stale)
        code = show(findings, selection.output, roots=(selection.root,), verbose=selection.verbose)
        if not findings:
            summary = result.summary
            note(f"All clear: {counted(summary.apps, 'app')}, {counted(summary.targets, 'cluster')}.")
        return code
