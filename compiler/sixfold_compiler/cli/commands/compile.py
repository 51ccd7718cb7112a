"""`sixfold compile`: write the overlay tree."""

from __future__ import annotations

import click

from sixfold_compiler.cli.exit_codes import FINDINGS
from sixfold_compiler.cli.options import Selection, selection_options


@click.command(name="compile", short_help="Write the overlay tree (overlays/).")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the tree is not current.")
@click.option("--verify", is_flag=True, help="Read every file of the tree instead of trusting its size and time.")
@selection_options(against=True)
def command(selection: Selection, *, check: bool, verify: bool) -> int:
    """Compile manifests into the overlay tree.

    PATH is a manifest or a folder of manifests; without PATH, the whole deploy repo is compiled, and overlays of apps
    without a manifest are deleted. With PATH or --only, nothing outside of the selection is changed. An app with an
    error keeps its old overlays, and the others are compiled; an error in the fleet stops everything.

    \b
    Examples:
      sixfold compile                                 # everything
      sixfold compile apps/playback/match.yaml        # one app
      sixfold compile --only prod/dc1                 # the clusters of one data center
      sixfold compile --check --output github         # in CI: is the committed tree current?
    """
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import note, show, shown
    from sixfold_compiler.cli.output.summary import changed_files, summarized
    from sixfold_compiler.pipeline.plan import plan

    options = selection.options(writes=not check, verify=verify or check)
    with progress() as tick, plan(options, tick) as result:
        code = show(result.diagnostics, selection.output, roots=(selection.root,), verbose=selection.verbose)
        if result.fatal:
            note("Nothing was written.")
            return code
        if not check:
            result.write()
        note(summarized(result, shown(selection.out), written=not check))
        if check and result.changes:
            note(changed_files(result.changes, shown(selection.out)))
            return FINDINGS
        return code
