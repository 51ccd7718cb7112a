"""`sixfold compile`: write the overlay tree."""

from __future__ import annotations

import click

from sixfold_compiler.cli.options import Selection, selection_options


@click.command(name="compile", short_help="Write the overlay tree (overlays/).")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the tree is not what compiling gives.")
@click.option("--verify", is_flag=True, help="Read every file of the tree instead of trusting its size and time.")
@selection_options(against=True)
def command(selection: Selection, *, check: bool, verify: bool) -> int:
    """Compile manifests into the overlay tree.

    PATH is a manifest or a folder of manifests; without any, it is the whole deploy repo, and overlays of apps whose
    manifest is gone are deleted. With PATH or --only, nothing outside the selection is touched. An app with a mistake
    keeps its old overlays, and the others are compiled; a mistake in the fleet stops everything.

    \b
    Examples:
      sixfold compile                                 # everything
      sixfold compile apps/playback/match.yaml        # one app
      sixfold compile --only prod/dc1                 # the clusters of one data center
      sixfold compile --check --output github         # in CI: is the committed tree current?
    """
    from sixfold_compiler.cli.exit_codes import FINDINGS
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import note, show, shown, verdict
    from sixfold_compiler.cli.output.summary import changed_files, summarized
    from sixfold_compiler.pipeline.plan import plan

    options = selection.options(writes=not check, verify=verify or check)
    with progress() as tick, plan(options, tick) as made:
        show(made.diagnostics, selection.output, roots=(selection.root,), verbose=selection.verbose)
        code = verdict(made.diagnostics, selection.output)
        if made.fatal:
            note("Nothing was written.")
            return code
        if not check:
            made.write()
        note(summarized(made, shown(selection.out), written=not check))
        if check and made.changes:
            note(changed_files(made.changes, shown(selection.out)))
            return FINDINGS
        return code
