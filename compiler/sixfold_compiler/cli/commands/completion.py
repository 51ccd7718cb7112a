"""`sixfold completion`: print completion scripts for shells."""

from __future__ import annotations

import click


@click.command(name="completion", short_help="Print a completion script for your shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the script with which SHELL completes commands and options.

    \b
    Examples:
      sixfold completion bash > ~/.local/share/bash-completion/completions/sixfold
      sixfold completion zsh > "${fpath[1]}/_sixfold"
      sixfold completion fish > ~/.config/fish/completions/sixfold.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click.Choice lets only known shells through
    # Not .source(): it runs the shell to learn its version, which a packager's build host may not have.
    completion = kind(click.get_current_context().find_root().command, {}, "sixfold", "_SIXFOLD_COMPLETE")
    click.echo(completion.source_template % completion.source_vars())
    return 0
