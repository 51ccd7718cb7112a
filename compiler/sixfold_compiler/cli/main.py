"""The outermost frame: exit codes, and what a person sees when something goes wrong that is not a finding."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from sixfold_compiler.cli.exit_codes import ABNORMAL, CLEAN, FINDINGS, INTERRUPTED, exit_code

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 clean, 1 findings, 2 abnormal, 130 interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # A tree is hundreds of thousands of values that all stay: looking through them for cycles every 700 is a fifth of
    # a run.
    gc.set_threshold(100_000, 20, 20)
    try:
        code = _run(given)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (`head`, a closed pager) went away: not our failure, and nothing more can be said on that stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ABNORMAL
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    from sixfold_compiler.cli.group import cli

    try:
        result = cli.main(args=arguments, prog_name="sixfold", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ABNORMAL
    except click.ClickException as error:
        error.show(sys.stderr)
        return ABNORMAL
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted: nothing half-written counts, run the command again", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, Argo CD gets an error that it understands
        return _failed(error, arguments)
    return result if isinstance(result, int) else CLEAN


def _failed(error: Exception, arguments: list[str]) -> int:
    """Tell what happened: findings, the machine's refusal (disk full, no permission), or a fault of ours."""
    from sixfold_compiler.cli.output.report import show
    from sixfold_compiler.diagnostics import DiagnosticError

    verbose = "--verbose" in arguments or "-v" in arguments
    if isinstance(error, DiagnosticError):
        show(error.diagnostics, err=True, verbose=verbose)
        return exit_code(error.diagnostics) or FINDINGS
    if isinstance(error, OSError) and error.strerror:
        named = f": {error.filename}" if isinstance(error.filename, str) else ""
        click.echo(f"Error: {error.strerror}{named}. The tree is as whole as it was before; run again.", err=True)
    else:
        _apologize(error, arguments)
    if verbose:
        import traceback

        click.echo("".join(traceback.format_exception(error)), err=True)
    return ABNORMAL


def _apologize(error: Exception, arguments: list[str]) -> None:
    import platform
    import shlex

    from sixfold_compiler import __version__

    kind = type(error).__name__
    click.echo(f"error[SF901]: a fault in Sixfold itself, not in your input: {kind}", err=True)
    click.echo(f"  = version: sixfold {__version__}, Python {platform.python_version()}, {platform.system()}", err=True)
    click.echo(f"  = reproduce: sixfold {shlex.join(arguments)}", err=True)
    click.echo("  = help: add --verbose, and report what it prints with the manifest that it fails on", err=True)
