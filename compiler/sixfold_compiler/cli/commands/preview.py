"""`sixfold preview`: show the changes that a compile would make."""

from __future__ import annotations

import sys

import click

from sixfold_compiler.cli.options import Selection, selection_options


@click.command(name="preview", short_help="Show the changes that compiling would make, and on which clusters.")
@click.option("--markdown", is_flag=True, help="As a comment for a pull request (at most 60,000 characters).")
@click.option("--full", is_flag=True, help="Print new objects completely instead of by name.")
@selection_options(against=True)
def command(selection: Selection, *, markdown: bool, full: bool) -> int:
    """Compile without writing, and show the changes to the tree.

    Objects are compared, not files; a change that is the same on several clusters is shown once, with the list of
    clusters. Values of Secrets are never shown. Findings go to stderr. Deletions that are held back (SF710, SF711) are
    listed too: they change nothing until they are approved.

    \b
    Examples:
      sixfold preview                                   # what would a compile change?
      sixfold preview --only prod                       # ... in production
      sixfold preview --markdown > comment.md           # for a pull request
      sixfold preview sixfold.yaml --fleet ../deploy/environments   # from an app repo
    """
    from dataclasses import replace

    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import colored, show
    from sixfold_compiler.pipeline.plan import plan
    from sixfold_compiler.preview import as_markdown, as_text, build, withheld

    with progress() as tick, plan(selection.options(), tick) as result:
        code = show(result.diagnostics, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)
        changes = () if result.fatal else result.changes
        preview = build(changes, selection.out, full=full)
        failed = len(result.summary.failed)
        preview = replace(preview, withheld=withheld(result.verdict), failed=failed, refused=result.fatal)
    text = as_markdown(preview) if markdown else as_text(preview, color=colored(sys.stdout))
    click.echo(text, nl=False, color=colored(sys.stdout))
    return code
