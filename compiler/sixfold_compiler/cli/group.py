"""The `sixfold` group: the names of all commands, whose modules are imported on first use."""

from __future__ import annotations

import importlib

import click

from sixfold_compiler import __version__

__all__ = ["COMMANDS", "cli"]

# Name, module, and section of the help; in the order in which a newcomer needs them.
COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("init", "init", "Start"),
    ("check", "check", "Every day"),
    ("preview", "preview", "Every day"),
    ("compile", "compile", "Every day"),
    ("verify", "verify", "Every day"),
    ("explain", "explain", "Every day"),
    ("guard", "guard", "Every day"),
    ("bootstrap", "bootstrap", "Platform"),
    ("place", "place", "Platform"),
    ("whatif", "whatif", "Platform"),
    ("systems", "systems", "Platform"),
    ("policy", "policy", "Platform"),
    ("drain", "drain", "Platform"),
    ("evacuate", "evacuate", "Platform"),
    ("publish", "publish", "Release"),
    ("promote", "promote", "Release"),
    ("retire", "retire", "Release"),
    ("split", "split", "Release"),
    ("serve", "serve", "Reference"),
    ("code", "code", "Reference"),
    ("schema", "schema", "Reference"),
    ("completion", "completion", "Reference"),
)
_MODULES = {name: module for name, module, _ in COMMANDS}


class LazyGroup(click.Group):
    """A click group that imports `sixfold_compiler.cli.commands.<module>.command` when the command is first used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, in the order of the help."""
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return the command `cmd_name`; None if there is no such command."""
        if cmd_name not in _MODULES:
            return None
        command = importlib.import_module(f"sixfold_compiler.cli.commands.{_MODULES[cmd_name]}").command
        assert isinstance(command, click.Command)  # noqa: S101 - for the type checker: every module has one
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve a command as click does, and suggest the nearest name for an unknown command."""
        if args and not args[0].startswith("-") and args[0] not in _MODULES:
            from sixfold_compiler.diagnostics import suggest

            ctx.fail(f"no command {args[0]!r}: {suggest(args[0], _MODULES)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands to the help, grouped by section."""
        for section in dict.fromkeys(section for _, _, section in COMMANDS):
            rows = []
            for name, _, member in COMMANDS:
                command = self.get_command(ctx, name) if member == section else None
                if command is not None:
                    rows.append((name, command.get_short_help_str(90)))
            with formatter.section(section):
                formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "-V", "--version", prog_name="sixfold", message="%(prog)s %(version)s")
def cli() -> None:
    """One manifest, every cluster.

    A platform team describes its fleet once (environments/), and an application team writes one manifest per app
    (apps/TEAM/APP.yaml). Sixfold compiles them into the Kubernetes objects of every environment, data center and
    cluster (overlays/), which Argo CD deploys.

    \b
    Try it:
      sixfold init deploy my-deploy     # a deploy repo that compiles at once
      cd my-deploy
      sixfold check                     # report all problems
      sixfold preview                   # show the changes by cluster
      sixfold compile                   # write overlays/

    Data goes to stdout, messages for people to stderr. Exit codes: 0 clean, 1 findings, 2 other errors.
    """
