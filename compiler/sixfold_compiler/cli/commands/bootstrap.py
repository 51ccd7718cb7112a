"""`sixfold bootstrap`: what a person applies once to an Argo CD instance."""

from __future__ import annotations

import click

from sixfold_compiler.cli.options import Selection, selection_options


@click.command(name="bootstrap", short_help="Print what a person applies once to an Argo CD instance.")
@click.argument("instance", required=False, metavar="[INSTANCE]")
@click.option(
    "--write", is_flag=True, help="Write bootstrap/INSTANCE.yaml beside the fleet; without INSTANCE, of each."
)
@selection_options(paths=False, only=False, out=False)
def command(selection: Selection, *, instance: str | None, write: bool) -> int:
    """Print the objects that a person applies once to an Argo CD instance.

    They are its first project, the plugin, and an ApplicationSet that asks the generator which commit to apply.
    They do not depend on teams and clusters, and hold no Secret. INSTANCE may be omitted if the fleet has a single one.

    Commit the file that --write creates: `sixfold check` compares it with the fleet, and says when to apply it again.

    \b
    Examples:
      sixfold bootstrap prod | kubectl apply -f -
      sixfold bootstrap --write && kubectl apply -f environments/bootstrap/prod.yaml
    """
    from sixfold_compiler.cli.output.report import note, shown
    from sixfold_compiler.diagnostics import suggest
    from sixfold_compiler.engine import Pool
    from sixfold_compiler.files.atomic import replace_file
    from sixfold_compiler.inputs.fleet_loader import load_fleet
    from sixfold_compiler.pipeline.bootstrap import FOLDER, bootstrap_files

    with Pool(1) as pool:
        fleet = load_fleet(selection.fleet, pool)
    known = sorted(fleet.model.argocd.instances)
    if instance is not None and instance not in known:
        raise click.UsageError(f"the fleet has no Argo CD instance {instance!r}: {suggest(instance, known)}")
    if instance is None and not write and len(known) > 1:
        raise click.UsageError(f"name one of the Argo CD instances: {', '.join(known)}")
    files = bootstrap_files(fleet, [instance] if instance is not None else known)
    if not write:
        click.echo(b"".join(files.values()), nl=False)
        return 0
    folder = selection.fleet / FOLDER
    for name, data in files.items():
        replace_file(folder / f"{name}.yaml", data)
        note(f"Wrote {shown(folder / f'{name}.yaml')}.")
    return 0
