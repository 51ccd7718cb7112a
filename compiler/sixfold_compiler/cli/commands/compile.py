"""`sixfold compile`: write the overlay tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.exit_codes import FINDINGS
from sixfold_compiler.cli.options import Selection, selection_options

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.inputs.options import Options


@click.command(name="compile", short_help="Write the overlay tree (overlays/).")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the tree is not current.")
@click.option("--fresh", is_flag=True, help="Render everything again, whatever the tree records.")
@click.option(
    "--sign",
    metavar="KEY",
    default="",
    help="Verify the tree, and sign it with this Ed25519 key: a file, - for standard input, or env:NAME.",
)
@click.option(
    "--base",
    metavar="REV",
    default="",
    help="With --sign: the last verified commit, as for `sixfold verify`.",
)
@selection_options(against=True)
def command(selection: Selection, *, check: bool, fresh: bool, sign: str, base: str) -> int:
    """Compile manifests into the overlay tree.

    PATH is a manifest or a folder of manifests; without PATH, the whole deploy repo is compiled, and overlays of apps
    without a manifest are deleted. With PATH or --only, nothing outside of the selection is changed. An app with an
    error keeps its old overlays, and the others are compiled; an error in the fleet stops everything.

    With --sign, the tree is then verified as by `sixfold verify`, and signed if there are no findings: an SSH signature
    of the root inventory in inventory.json.sig. Without --sign, a signature that no longer signs the tree is removed.

    \b
    Examples:
      sixfold compile                                 # everything
      sixfold compile apps/playback/match.yaml        # one app
      sixfold compile --only prod/dc1                 # the clusters of one data center
      sixfold compile --check --output github         # is the tree on disk current?
      sixfold compile --fresh                         # after a finding of `sixfold verify`
      sixfold compile --sign env:SIGNING_KEY --base origin/verified   # in CI
    """
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import note, show, shown
    from sixfold_compiler.cli.output.summary import changed_files, changed_names, summarized, unsigned
    from sixfold_compiler.pipeline.plan import plan

    if base and not sign:
        raise click.UsageError("--base: only --sign verifies the tree; without it, use `sixfold verify --base`")
    if sign and (check or selection.paths or selection.only):
        raise click.UsageError("--sign: the complete tree is written and signed; leave out --check, PATH and --only")
    options = selection.options(writes=not check, reread=check, fresh=fresh)
    if sign:
        return _signed(selection, options, sign, base)
    with progress() as tick, plan(options, tick) as result:
        code = show(result.diagnostics, selection.output, roots=(selection.root,), verbose=selection.verbose)
        if result.fatal:
            note("Nothing was written.")
            return code
        removed = not check and result.write()
        note(summarized(result, shown(selection.out), written=not check))
        if result.names_file is not None:
            note(changed_names(shown(selection.fleet), written=not check))
        if removed:
            note(unsigned(shown(selection.out)))
        if check and result.changes:
            note(changed_files(result.changes, shown(selection.out)))
        if check and (result.changes or result.names_file is not None):
            return FINDINGS
        return code


def _signed(selection: Selection, options: Options, source: str, base: str) -> int:
    """Compile, verify and sign; print the findings of both in one report, and return the exit code."""
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import note, show, shown
    from sixfold_compiler.cli.output.summary import changed_names, signed, summarized, verified
    from sixfold_compiler.diagnostics import DiagnosticError
    from sixfold_compiler.pipeline.plan import plan
    from sixfold_compiler.pipeline.sign import sign
    from sixfold_compiler.signing.private_key import read_private_key

    def report(diagnostics: tuple[Diagnostic, ...]) -> int:
        return show(diagnostics, selection.output, roots=(selection.root,), verbose=selection.verbose)

    out = shown(selection.out)
    try:
        key = read_private_key(source)
    except DiagnosticError as error:
        return report(error.diagnostics)
    with progress() as tick:
        with plan(options, tick) as compiled:
            if compiled.fatal:
                code = report(compiled.diagnostics)
                note("Nothing was written, and nothing was signed.")
                return code
            compiled.write()
        result = sign(options, key, base, tick)
    code = report((*compiled.diagnostics, *result.diagnostics))
    note(summarized(compiled, out, written=True))
    if compiled.names_file is not None:
        note(changed_names(shown(selection.fleet), written=True))
    if result.diagnostics:
        note(f"{out}/ is not signed, because it is not verified.")
        return code or FINDINGS
    note(verified(result, out, base))
    note(signed(out, key.public.fingerprint))
    return code
