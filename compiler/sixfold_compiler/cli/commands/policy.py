"""`sixfold policy`: the references out of their namespaces that teams may use."""

from __future__ import annotations

import click

from sixfold_compiler.cli.options import Selection, selection_options


@click.group(name="policy", short_help="The references out of their namespaces that teams may use.")
def command() -> None:
    """Show the references that leave a team's namespace: images, roles, secrets, nodes, storage, words of others.

    The fleet lists what a team may use (`allow`), and everything else is denied. docs/policy.md has the rules.

    \b
    Example:
      sixfold policy suggest > needs.yaml
    """


@command.command(name="suggest", short_help="Print the lists that the manifests need, by team.")
@selection_options(only=False)
def suggest(selection: Selection) -> int:
    """Print the lists of the fleet that the manifests need, by team, as YAML for review.

    The lists are complete: they do not depend on what the fleet allows already. An entry names what a manifest names,
    with any version of an image. Put what you approve into `allow` of the team, or of the fleet for all teams; shorten
    entries to patterns with * where a team owns all names below. Problems that no list solves are printed to stderr.

    \b
    Examples:
      sixfold policy suggest
      sixfold policy suggest apps/ads
    """
    from sixfold_compiler.cli.output.policy import as_yaml
    from sixfold_compiler.cli.output.report import show
    from sixfold_compiler.operations.policy import find_needs

    needs = find_needs(selection.options())
    click.echo(as_yaml(needs), nl=False)
    return show(needs.diagnostics, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)
