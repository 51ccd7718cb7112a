"""The `sixfold` group: knows every command's name, imports a command's module when it is needed."""

from __future__ import annotations

import importlib

import click

from sixfold_compiler import __version__

__all__ = ["COMMANDS", "cli"]

# Name, module, and the section of the help it stands in; in the order that a newcomer meets them.
COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("init", "init", "Start"),
    ("check", "check", "Every day"),
    ("preview", "preview", "Every day"),
    ("compile", "compile", "Every day"),
    ("explain", "explain", "Every day"),
    ("guard", "guard", "Every day"),
    ("place", "place", "Platform"),
    ("whatif", "whatif", "Platform"),
    ("drain", "drain", "Platform"),
    ("evacuate", "evacuate", "Platform"),
    ("publish", "publish", "Release"),
    ("promote", "promote", "Release"),
    ("retire", "retire", "Release"),
    ("serve", "serve", "Reference"),
    ("code", "code", "Reference"),
    ("schema", "schema", "Reference"),
    ("completion", "completion", "Reference"),
)
_MODULES = {name: module for name, module, _ in COMMANDS}


class LazyGroup(click.Group):
    """A group whose commands live in `sixfold_compiler.cli.<module>.command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command's name, in the order of the help."""
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported now."""
        if cmd_name not in _MODULES:
            return None
        command = importlib.import_module(f"sixfold_compiler.cli.commands.{_MODULES[cmd_name]}").command
        assert isinstance(command, click.Command)  # noqa: S101 - tells the type checker what every module holds
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with the nearest command suggested for an unknown one."""
        if args and not args[0].startswith("-") and args[0] not in _MODULES:
            from sixfold_compiler.diagnostics import suggest

            ctx.fail(f"no command {args[0]!r}: {suggest(args[0], _MODULES)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands in sections."""
        for section in dict.fromkeys(section for _, _, section in COMMANDS):
            rows = []
            for name, _, of in COMMANDS:
                command = self.get_command(ctx, name) if of == section else None
                if command is not None:
                    rows.append((name, command.get_short_help_str(90)))
            with formatter.section(section):
                formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "-V", "--version", prog_name="sixfold", message="%(prog)s %(version)s")
def cli() -> None:
    """One manifest, every cluster.

    A platform team describes its fleet once (environments/), an application team writes one manifest
    (apps/TEAM/APP.yaml); Sixfold compiles them into the Kubernetes objects of every environment, data center and
    cluster (overlays/), which Argo CD deploys.

    \b
    Try it:
      sixfold init deploy my-deploy     # a deploy repo that compiles at once
      cd my-deploy
      sixfold check                     # is everything in order?
      sixfold preview                   # what would change on which cluster?
      sixfold compile                   # write overlays/

    Data goes to stdout, messages for people to stderr. Exit codes: 0 clean, 1 findings, 2 something else went wrong.
    """
