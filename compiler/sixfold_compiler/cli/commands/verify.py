"""`sixfold verify`: compile from nothing, and compare the tree byte by byte."""

from __future__ import annotations

import click

from sixfold_compiler.cli.exit_codes import FINDINGS
from sixfold_compiler.cli.options import Selection, selection_options


@click.command(name="verify", short_help="Show that the tree is what the inputs compile to, byte by byte.")
@click.option(
    "--base",
    metavar="REV",
    default="",
    help="The last verified commit: apps that do not compile, and teams that the guard holds, must have its files.",
)
@click.option(
    "--accept-unchanged",
    is_flag=True,
    help="Accept a tree with exactly the files of --base, which CI compiles after the merge.",
)
@selection_options(paths=False, only=False)
def command(selection: Selection, *, base: str, accept_unchanged: bool) -> int:
    """Compile the deploy repo from nothing, and compare the result with the tree on disk, byte by byte.

    The tree's own inventories are not believed, unlike in `compile`, which takes what they list as unchanged. Each file
    that differs, is missing or is too much is a finding, inventories, facts and argocd/ included. Nothing is written.

    An app that does not compile keeps its old files. They are compared with those of --base. Without --base they cannot
    be verified, and the exit code is 1.

    \b
    Examples:
      sixfold verify                                   # every app compiles, and the tree is current
      sixfold verify --base origin/verified            # in CI, before a commit of the tree is pushed
      sixfold verify --base origin/verified --accept-unchanged   # for a pull request that leaves the tree alone
    """
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import note, show, shown
    from sixfold_compiler.cli.output.summary import verified
    from sixfold_compiler.pipeline.verify import verify

    if accept_unchanged and not base:
        raise click.UsageError("--accept-unchanged: name the commit with the verified tree with --base")
    with progress() as tick:
        result = verify(selection.options(), base, accept_unchanged=accept_unchanged, progress=tick)
    code = show(result.diagnostics, selection.output, roots=(selection.root,), verbose=selection.verbose)
    if result.diagnostics:
        return code or FINDINGS
    note(verified(result, shown(selection.out), base))
    return code
